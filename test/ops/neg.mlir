// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.neg: one element from one.

// CHECK-LABEL: @named(
// CHECK: net.neg %{{.*}} : tensor<?x3xf32, #net.sizes<[B, 3]>>
func.func @named(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %y = net.neg %x : tensor<?x3xf32, #net.sizes<[B, 3]>>
  return %y : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

// CHECK-LABEL: @whole(
// CHECK: net.neg %{{.*}} : tensor<3xi32>
func.func @whole(%x: tensor<3xi32>) -> tensor<3xi32> {
  %y = net.neg %x : tensor<3xi32>
  return %y : tensor<3xi32>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:
// GRAD:       %[[ONE:.*]] = net.constant dense<1.000000e+00>
// GRAD:       %[[Y:.*]] = net.neg %[[ONE]]
// GRAD:       return %[[Y]]
func.func @derivative(%x: tensor<f32>) -> tensor<f32> {
  %dx, %loss = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    %y = net.neg %v : tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %dx : tensor<f32>
}

// -----

func.func @wrong(%x: tensor<?xf32>) {
  // expected-error @+1 {{'net.neg' op operand #0 must be tensor with named sizes, but got 'tensor<?xf32>'}}
  %y = net.neg %x : tensor<?xf32>
  return
}
