// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.tap: a value inside of net.grad whose cotangent is a result as well; it is gone afterwards.

// CHECK-LABEL: @named(
// CHECK: net.tap %{{.*}} : tensor<?x3xf32, #net.sizes<[B, 3]>>
func.func @named(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %y = net.tap %x : tensor<?x3xf32, #net.sizes<[B, 3]>>
  return %y : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

// GRAD-LABEL: @inner(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:
// GRAD:       %[[SIN:.*]] = net.sin %[[X]]
// GRAD:       %[[EXP:.*]] = net.exp %[[SIN]]
// GRAD:       %[[ONE:.*]] = net.constant dense<1.000000e+00>
// GRAD:       %[[MUL:.*]] = net.mul %[[ONE]], %[[EXP]]
// GRAD:       %[[COS:.*]] = net.cos %[[X]]
// GRAD:       %[[MUL2:.*]] = net.mul %[[MUL]], %[[COS]]
// GRAD:       return %[[MUL2]], %[[MUL]]
func.func @inner(%x: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %dx, %ds, %loss = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    %s = net.sin %v : tensor<f32>
    %t = net.tap %s : tensor<f32>
    %y = net.exp %t : tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %dx, %ds : tensor<f32>, tensor<f32>
}

// -----

func.func @wrong(%x: tensor<?xf32>) {
  // expected-error @+1 {{'net.tap' op operand #0 must be tensor with named sizes, but got 'tensor<?xf32>'}}
  %y = net.tap %x : tensor<?xf32>
  return
}
