// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.dynamic_update: a part replaced at run-time positions; its derivative is the part there, x's is zero there.

// CHECK-LABEL: @named(
// CHECK: net.dynamic_update %{{.*}}, %{{.*}} at(%{{.*}}) over [1] : (tensor<?x8xf32, #net.sizes<[B, 8]>>, tensor<?x1xf32, #net.sizes<[B, 1]>>, tensor<i64>) -> tensor<?x8xf32, #net.sizes<[B, 8]>>
func.func @named(%x: tensor<?x8xf32, #net.sizes<[B, 8]>>, %u: tensor<?x1xf32, #net.sizes<[B, 1]>>, %i: tensor<i64>) -> tensor<?x8xf32, #net.sizes<[B, 8]>> {
  %y = net.dynamic_update %x, %u at (%i) over [1] : (tensor<?x8xf32, #net.sizes<[B, 8]>>, tensor<?x1xf32, #net.sizes<[B, 1]>>, tensor<i64>) -> tensor<?x8xf32, #net.sizes<[B, 8]>>
  return %y : tensor<?x8xf32, #net.sizes<[B, 8]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[U:[a-z0-9]+]]:{{.*}}%[[I:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[ZERO:.*]] = net.broadcast %{{.*}} to [] : tensor<f32> -> tensor<2xf32>
// GRAD-DAG:   %[[DX:.*]] = net.dynamic_update %[[DY]], %[[ZERO]] at(%[[I]]) over [0]
// GRAD-DAG:   %[[DU:.*]] = net.dynamic_slice %[[DY]] at(%[[I]]) over [0]
// GRAD:       return %[[DX]], %[[DU]]
func.func @derivative(%x: tensor<9xf32>, %u: tensor<2xf32>, %i: tensor<i32>, %w: tensor<9xf32>) -> (tensor<9xf32>, tensor<2xf32>) {
  %dx, %du, %loss = net.grad %x, %u : (tensor<9xf32>, tensor<2xf32>) -> (tensor<9xf32>, tensor<2xf32>, tensor<f32>) {
  ^bb0(%v: tensor<9xf32>, %t: tensor<2xf32>):
    %y = net.dynamic_update %v, %t at (%i) over [0] : (tensor<9xf32>, tensor<2xf32>, tensor<i32>) -> tensor<9xf32>
    %p = net.mul %y, %w : tensor<9xf32>
    %l = net.sum %p over [0] : (tensor<9xf32>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %dx, %du : tensor<9xf32>, tensor<2xf32>
}

// -----

func.func @larger(%x: tensor<3xf32>, %u: tensor<4xf32>, %i: tensor<i32>) {
  // expected-error @+1 {{f32[4] is no part of f32[3]}}
  %y = net.dynamic_update %x, %u at (%i) over [0] : (tensor<3xf32>, tensor<4xf32>, tensor<i32>) -> tensor<3xf32>
  return
}

// -----

func.func @elements(%x: tensor<3xf32>, %u: tensor<2xf64>, %i: tensor<i32>) {
  // expected-error @+1 {{f64[2] is no part of f32[3]}}
  %y = net.dynamic_update %x, %u at (%i) over [0] : (tensor<3xf32>, tensor<2xf64>, tensor<i32>) -> tensor<3xf32>
  return
}
