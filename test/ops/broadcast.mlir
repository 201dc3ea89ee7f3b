// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --canonicalize | FileCheck %s --check-prefix=FOLD
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.broadcast: copies; the derivative sums over them.

// CHECK-LABEL: @named(
// CHECK: net.broadcast %{{.*}} to [1] : tensor<3xf32> -> tensor<?x3xf32, #net.sizes<[B, 3]>>
func.func @named(%x: tensor<3xf32>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %y = net.broadcast %x to [1] : tensor<3xf32> -> tensor<?x3xf32, #net.sizes<[B, 3]>>
  return %y : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

// FOLD-LABEL: @same(
// FOLD-SAME:  %[[X:[a-z0-9]+]]:
// FOLD:       return %[[X]]
func.func @same(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = net.broadcast %x to [0] : tensor<3xf32> -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.broadcast %[[X]] to [1] : {{.*}} -> tensor<?x3xf32, #net.sizes<[B, 3]>>
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[SUM:.*]] = net.sum %[[DY]] over [0]
// GRAD:       return %[[SUM]]
func.func @derivative(%x: tensor<3xf32>, %w: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<3xf32> {
  %dx, %loss = net.grad %x : (tensor<3xf32>) -> (tensor<3xf32>, tensor<f32>) {
  ^bb0(%v: tensor<3xf32>):
    %y = net.broadcast %v to [1] : tensor<3xf32> -> tensor<?x3xf32, #net.sizes<[B, 3]>>
    %p = net.mul %y, %w : tensor<?x3xf32, #net.sizes<[B, 3]>>
    %l = net.sum %p over [0, 1] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %dx : tensor<3xf32>
}

// -----

// GRAD-LABEL: @of_one(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.broadcast %[[X]] to [0, 1] : {{.*}} -> tensor<?x3xf32, #net.sizes<[B, 3]>>
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[SUM:.*]] = net.sum %[[DY]] over [0]
// GRAD:       %[[RESHAPE:.*]] = net.reshape %[[SUM]] : {{.*}} -> tensor<1x3xf32>
// GRAD:       return %[[RESHAPE]]
func.func @of_one(%x: tensor<1x3xf32>, %w: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<1x3xf32> {
  %dx, %loss = net.grad %x : (tensor<1x3xf32>) -> (tensor<1x3xf32>, tensor<f32>) {
  ^bb0(%v: tensor<1x3xf32>):
    %y = net.broadcast %v to [0, 1] : tensor<1x3xf32> -> tensor<?x3xf32, #net.sizes<[B, 3]>>
    %p = net.mul %y, %w : tensor<?x3xf32, #net.sizes<[B, 3]>>
    %l = net.sum %p over [0, 1] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %dx : tensor<1x3xf32>
}

// -----

func.func @wrong(%x: tensor<3xf32>) {
  // expected-error @+1 {{'net.broadcast' op cannot copy an axis of 3 to one of 4}}
  %y = net.broadcast %x to [0] : tensor<3xf32> -> tensor<4x3xf32>
  return
}

// -----

func.func @wrong(%x: tensor<?xf32, #net.sizes<[B]>>) {
  // expected-error @+1 {{'net.broadcast' op cannot copy an axis of B to one of T}}
  %y = net.broadcast %x to [0] : tensor<?xf32, #net.sizes<[B]>> -> tensor<?xf32, #net.sizes<[T]>>
  return
}

// -----

func.func @wrong(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'net.broadcast' op places axes that do not ascend within f32[3, 2]}}
  %y = net.broadcast %x to [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  return
}

// -----

func.func @wrong(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'net.broadcast' op places 1 axes of f32[2, 3]}}
  %y = net.broadcast %x to [0] : tensor<2x3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @wrong(%x: tensor<3xf32>) {
  // expected-error @+1 {{'net.broadcast' op changes the element type}}
  %y = net.broadcast %x to [0] : tensor<3xf32> -> tensor<3xf64>
  return
}
