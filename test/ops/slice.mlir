// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.slice: some elements; the derivative puts them back among zeros.

// CHECK-LABEL: @named(
// CHECK: net.slice %{{.*}} from <[0, T - 1]> by [1, 1] : tensor<?x?xf32, #net.sizes<[B, T]>> -> tensor<?x1xf32, #net.sizes<[B, 1]>>
func.func @named(%x: tensor<?x?xf32, #net.sizes<[B, T]>>) -> tensor<?x1xf32, #net.sizes<[B, 1]>> {
  %y = net.slice %x from #net.sizes<[0, T - 1]> by [1, 1] : tensor<?x?xf32, #net.sizes<[B, T]>> -> tensor<?x1xf32, #net.sizes<[B, 1]>>
  return %y : tensor<?x1xf32, #net.sizes<[B, 1]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.slice %[[X]] from <[0, 1]> by [1, 2] : {{.*}} -> tensor<?x2xf32, #net.sizes<[B, 2]>>
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[ZERO:.*]] = net.constant dense<0.000000e+00>
// GRAD:       %[[PAD:.*]] = net.pad %[[DY]] with %[[ZERO]] from <[0, 1]> by [0, 1] : {{.*}} -> tensor<?x6xf32, #net.sizes<[B, 6]>>
// GRAD:       return %[[PAD]]
func.func @derivative(%x: tensor<?x6xf32, #net.sizes<[B, 6]>>, %w: tensor<?x2xf32, #net.sizes<[B, 2]>>) -> tensor<?x6xf32, #net.sizes<[B, 6]>> {
  %dx, %loss = net.grad %x : (tensor<?x6xf32, #net.sizes<[B, 6]>>) -> (tensor<?x6xf32, #net.sizes<[B, 6]>>, tensor<f32>) {
  ^bb0(%v: tensor<?x6xf32, #net.sizes<[B, 6]>>):
    %y = net.slice %v from #net.sizes<[0, 1]> by [1, 2] : tensor<?x6xf32, #net.sizes<[B, 6]>> -> tensor<?x2xf32, #net.sizes<[B, 2]>>
    %p = net.mul %y, %w : tensor<?x2xf32, #net.sizes<[B, 2]>>
    %l = net.sum %p over [0, 1] : (tensor<?x2xf32, #net.sizes<[B, 2]>>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %dx : tensor<?x6xf32, #net.sizes<[B, 6]>>
}

// -----

func.func @wrong(%x: tensor<5xf32>) {
  // expected-error @+1 {{'net.slice' op reads elements 2 to 6 of axis 0 of f32[5]}}
  %y = net.slice %x from #net.sizes<[2]> by [2] : tensor<5xf32> -> tensor<3xf32>
  return
}

// -----

func.func @wrong(%x: tensor<5xf32>) {
  // expected-error @+1 {{'net.slice' op has stride 0}}
  %y = net.slice %x from #net.sizes<[0]> by [0] : tensor<5xf32> -> tensor<3xf32>
  return
}

// -----

func.func @wrong(%x: tensor<5xf32>) {
  // expected-error @+1 {{'net.slice' op wants a start and a stride for each axis of f32[5]}}
  %y = net.slice %x from #net.sizes<[0, 0]> by [1] : tensor<5xf32> -> tensor<3xf32>
  return
}

// -----

func.func @wrong(%x: tensor<5xf32>) {
  // expected-error @+1 {{'net.slice' op changes the element type}}
  %y = net.slice %x from #net.sizes<[0]> by [1] : tensor<5xf32> -> tensor<3xi32>
  return
}
