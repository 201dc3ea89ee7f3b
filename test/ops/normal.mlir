// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.normal: noise, a constant of the differentiation.

// CHECK-LABEL: @named(
// CHECK: net.normal %{{.*}} : tensor<i64> -> tensor<?x3xf32, #net.sizes<[B, 3]>>
func.func @named(%k: tensor<i64>, %x: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %y = net.normal %k : tensor<i64> -> tensor<?x3xf32, #net.sizes<[B, 3]>>
  return %y : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[K:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.normal %[[K]]
// GRAD:       %[[ONE:.*]] = net.constant dense<1.000000e+00>
// GRAD:       %[[MUL:.*]] = net.mul %[[ONE]], %[[Y]]
// GRAD:       return %[[MUL]]
func.func @derivative(%x: tensor<f32>, %k: tensor<i64>) -> tensor<f32> {
  %dx, %loss = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    %u = net.normal %k : tensor<i64> -> tensor<f32>
    %y = net.mul %v, %u : tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %dx : tensor<f32>
}

// -----

func.func @wrong(%k: tensor<i64>) {
  // expected-error @+1 {{'net.normal' op result #0 must be tensor of real numbers with named sizes, but got 'tensor<3xi32>'}}
  %y = net.normal %k : tensor<i64> -> tensor<3xi32>
  return
}
