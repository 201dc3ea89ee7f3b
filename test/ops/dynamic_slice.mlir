// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.dynamic_slice: a part at run-time positions; the derivative puts it into zeros.

// CHECK-LABEL: @named(
// CHECK: net.dynamic_slice %{{.*}} at(%{{.*}}) over [0] : (tensor<?x4xf32, #net.sizes<[N, 4]>>, tensor<i32>) -> tensor<?x4xf32, #net.sizes<[B, 4]>>
func.func @named(%x: tensor<?x4xf32, #net.sizes<[N, 4]>>, %i: tensor<i32>) -> tensor<?x4xf32, #net.sizes<[B, 4]>> {
  %y = net.dynamic_slice %x at (%i) over [0] : (tensor<?x4xf32, #net.sizes<[N, 4]>>, tensor<i32>) -> tensor<?x4xf32, #net.sizes<[B, 4]>>
  return %y : tensor<?x4xf32, #net.sizes<[B, 4]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[I:[a-z0-9]+]]:{{.*}}%[[J:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[ZERO:.*]] = net.broadcast %{{.*}} to [] : tensor<f32> -> tensor<10x4xf32>
// GRAD:       %[[DX:.*]] = net.dynamic_update %[[ZERO]], %[[DY]] at(%[[I]], %[[J]]) over [1, 0]
// GRAD:       return %[[DX]]
func.func @derivative(%x: tensor<10x4xf32>, %i: tensor<i32>, %j: tensor<i32>, %w: tensor<3x2xf32>) -> tensor<10x4xf32> {
  %dx, %loss = net.grad %x : (tensor<10x4xf32>) -> (tensor<10x4xf32>, tensor<f32>) {
  ^bb0(%v: tensor<10x4xf32>):
    %y = net.dynamic_slice %v at (%i, %j) over [1, 0] : (tensor<10x4xf32>, tensor<i32>, tensor<i32>) -> tensor<3x2xf32>
    %p = net.mul %y, %w : tensor<3x2xf32>
    %l = net.sum %p over [0, 1] : (tensor<3x2xf32>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %dx : tensor<10x4xf32>
}

// -----

func.func @larger(%x: tensor<3xf32>, %i: tensor<i32>) {
  // expected-error @+1 {{f32[4] is no part of f32[3]}}
  %y = net.dynamic_slice %x at (%i) over [0] : (tensor<3xf32>, tensor<i32>) -> tensor<4xf32>
  return
}

// -----

func.func @besideTheAxes(%x: tensor<3x4xf32>, %i: tensor<i32>) {
  // expected-error @+1 {{f32[2, 3] is no part of f32[3, 4]}}
  %y = net.dynamic_slice %x at (%i) over [0] : (tensor<3x4xf32>, tensor<i32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @positions(%x: tensor<3x4xf32>, %i: tensor<i32>) {
  // expected-error @+1 {{wants a position for each of its axes of f32[3, 4]}}
  %y = net.dynamic_slice %x at (%i) over [0, 1] : (tensor<3x4xf32>, tensor<i32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @scalars(%x: tensor<3xf32>, %i: tensor<1xi32>) {
  // expected-error @+1 {{'net.dynamic_slice' op operand #1 must be variadic of whole number (tensor of rank 0), but got 'tensor<1xi32>'}}
  %y = net.dynamic_slice %x at (%i) over [0] : (tensor<3xf32>, tensor<1xi32>) -> tensor<2xf32>
  return
}
