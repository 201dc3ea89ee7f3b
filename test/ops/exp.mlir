// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.exp: one element from one; real numbers only.

// CHECK-LABEL: @named(
// CHECK: net.exp %{{.*}} : tensor<?x3xf32, #net.sizes<[B, 3]>>
func.func @named(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %y = net.exp %x : tensor<?x3xf32, #net.sizes<[B, 3]>>
  return %y : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.exp %[[X]]
// GRAD:       %[[ONE:.*]] = net.constant dense<1.000000e+00>
// GRAD:       %[[MUL:.*]] = net.mul %[[ONE]], %[[Y]]
// GRAD:       return %[[MUL]]
func.func @derivative(%x: tensor<f32>) -> tensor<f32> {
  %dx, %loss = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    %y = net.exp %v : tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %dx : tensor<f32>
}

// -----

func.func @wrong(%x: tensor<3xi32>) {
  // expected-error @+1 {{'net.exp' op operand #0 must be tensor of real numbers with named sizes, but got 'tensor<3xi32>'}}
  %y = net.exp %x : tensor<3xi32>
  return
}
