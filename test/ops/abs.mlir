// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.abs: one element from one.

// CHECK-LABEL: @named(
// CHECK: net.abs %{{.*}} : tensor<?x3xf32, #net.sizes<[B, 3]>>
func.func @named(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %y = net.abs %x : tensor<?x3xf32, #net.sizes<[B, 3]>>
  return %y : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

// CHECK-LABEL: @whole(
// CHECK: net.abs %{{.*}} : tensor<3xi32>
func.func @whole(%x: tensor<3xi32>) -> tensor<3xi32> {
  %y = net.abs %x : tensor<3xi32>
  return %y : tensor<3xi32>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:
// GRAD:       %[[ONE:.*]] = net.constant dense<1.000000e+00>
// GRAD:       %[[SIGN:.*]] = net.sign %[[X]]
// GRAD:       %[[MUL:.*]] = net.mul %[[ONE]], %[[SIGN]]
// GRAD:       return %[[MUL]]
func.func @derivative(%x: tensor<f32>) -> tensor<f32> {
  %dx, %loss = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    %y = net.abs %v : tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %dx : tensor<f32>
}

// -----

func.func @wrong(%x: tensor<?xf32>) {
  // expected-error @+1 {{'net.abs' op operand #0 must be tensor with named sizes, but got 'tensor<?xf32>'}}
  %y = net.abs %x : tensor<?xf32>
  return
}
