// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.recurrence: each element from the one before; the derivative goes the other way.

// CHECK-LABEL: @named(
// CHECK: net.recurrence %{{.*}}, %{{.*}} over 0 : tensor<?x3xf32, #net.sizes<[T, 3]>>
// CHECK: net.recurrence %{{.*}}, %{{.*}} over 0 reverse : tensor<?x3xf32, #net.sizes<[T, 3]>>
func.func @named(%a: tensor<?x3xf32, #net.sizes<[T, 3]>>, %x: tensor<?x3xf32, #net.sizes<[T, 3]>>) -> tensor<?x3xf32, #net.sizes<[T, 3]>> {
  %y = net.recurrence %a, %x over 0 : tensor<?x3xf32, #net.sizes<[T, 3]>>
  %z = net.recurrence %a, %y over 0 reverse : tensor<?x3xf32, #net.sizes<[T, 3]>>
  return %z : tensor<?x3xf32, #net.sizes<[T, 3]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[A:[a-z0-9]+]]:{{.*}}%[[X:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.recurrence %[[A]], %[[X]] over 1
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[NEXT:.*]] = net.pad %[[A]] with %{{.*}} from <[0, -1]> by [0, 0]
// GRAD:       %[[DX:.*]] = net.recurrence %[[NEXT]], %[[DY]] over 1 reverse
// GRAD:       %[[BEFORE:.*]] = net.pad %[[Y]] with %{{.*}} from <[0, 1]> by [0, 0]
// GRAD:       %[[DA:.*]] = net.mul %[[DX]], %[[BEFORE]]
// GRAD:       return %[[DA]], %[[DX]]
func.func @derivative(%a: tensor<2x5xf32>, %x: tensor<2x5xf32>, %w: tensor<2x5xf32>) -> (tensor<2x5xf32>, tensor<2x5xf32>) {
  %da, %dx, %loss = net.grad %a, %x : (tensor<2x5xf32>, tensor<2x5xf32>) -> (tensor<2x5xf32>, tensor<2x5xf32>, tensor<f32>) {
  ^bb0(%b: tensor<2x5xf32>, %v: tensor<2x5xf32>):
    %y = net.recurrence %b, %v over 1 : tensor<2x5xf32>
    %p = net.mul %y, %w : tensor<2x5xf32>
    %l = net.sum %p over [0, 1] : (tensor<2x5xf32>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %da, %dx : tensor<2x5xf32>, tensor<2x5xf32>
}

// -----

func.func @axis(%x: tensor<3xf32>) {
  // expected-error @+1 {{'net.recurrence' op has no axis 1 in f32[3]}}
  %y = net.recurrence %x, %x over 1 : tensor<3xf32>
  return
}

// -----

func.func @truth(%x: tensor<3xi1>) {
  // expected-error @+1 {{'net.recurrence' op takes numbers, not bool[3]}}
  %y = net.recurrence %x, %x over 0 : tensor<3xi1>
  return
}
