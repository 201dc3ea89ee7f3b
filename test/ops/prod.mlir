// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.prod: the derivative is the product of the others, also where one is 0.

// CHECK-LABEL: @named(
// CHECK: net.prod %{{.*}} over [0] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<3xf32>
func.func @named(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<3xf32> {
  %y = net.prod %x over [0] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// CHECK-LABEL: @everything(
// CHECK: net.prod %{{.*}} over [1, 0] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<f32>
func.func @everything(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<f32> {
  %y = net.prod %x over [1, 0] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<f32>
  return %y : tensor<f32>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[BACKWARDS:.*]] = net.reverse %[[X]] over [1]
// GRAD:       %[[BEFORE:.*]] = net.pad %[[BACKWARDS]] with %{{.*}} from <[0, 1]>
// GRAD:       %[[PRODUCTS:.*]] = net.recurrence %[[BEFORE]], %{{.*}} over 1
// GRAD:       %[[BEHIND:.*]] = net.reverse %[[PRODUCTS]] over [1]
// GRAD:       net.broadcast %[[DY]] to [0]
// GRAD:       net.recurrence
// GRAD:       %[[DX:.*]] = net.mul %{{.*}}, %[[BEHIND]]
// GRAD:       return %[[DX]]
func.func @derivative(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>, %w: tensor<?xf32, #net.sizes<[B]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %dx, %loss = net.grad %x : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<f32>) {
  ^bb0(%v: tensor<?x3xf32, #net.sizes<[B, 3]>>):
    %y = net.prod %v over [1] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?xf32, #net.sizes<[B]>>
    %p = net.mul %y, %w : tensor<?xf32, #net.sizes<[B]>>
    %l = net.sum %p over [0] : (tensor<?xf32, #net.sizes<[B]>>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %dx : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

func.func @wrong(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{cannot reduce axis 2 of f32[2, 3]}}
  // expected-error @+1 {{'net.prod' op failed to infer returned types}}
  %y = net.prod %x over [2] : (tensor<2x3xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @wrong(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{cannot reduce axis 0 of f32[2, 3]}}
  // expected-error @+1 {{'net.prod' op failed to infer returned types}}
  %y = net.prod %x over [0, 0] : (tensor<2x3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @wrong(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{'net.prod' op failed to infer returned types}}
  // expected-error @+1 {{'net.prod' op inferred type(s) 'tensor<3xf32>' are incompatible with return type(s) of operation 'tensor<2xf32>'}}
  %y = net.prod %x over [0] : (tensor<2x3xf32>) -> tensor<2xf32>
  return
}
