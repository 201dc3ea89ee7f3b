// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.conv: the derivatives of a convolution are convolutions.

// CHECK-LABEL: @named(
// CHECK: net.conv %{{.*}}, %{{.*}} {dilation = array<i64: 1, 1>, high = array<i64: 1, 1>, input_dilation = array<i64: 1, 1>, low = array<i64: 1, 1>, strides = array<i64: 2, 2>} : (tensor<?x8x8x3xf32, #net.sizes<[B, 8, 8, 3]>>, tensor<3x3x3x6xf32>) -> tensor<?x4x4x6xf32, #net.sizes<[B, 4, 4, 6]>>
func.func @named(%x: tensor<?x8x8x3xf32, #net.sizes<[B, 8, 8, 3]>>, %w: tensor<3x3x3x6xf32>) -> tensor<?x4x4x6xf32, #net.sizes<[B, 4, 4, 6]>> {
  %y = net.conv %x, %w {dilation = array<i64: 1, 1>, high = array<i64: 1, 1>, input_dilation = array<i64: 1, 1>, low = array<i64: 1, 1>, strides = array<i64: 2, 2>} : (tensor<?x8x8x3xf32, #net.sizes<[B, 8, 8, 3]>>, tensor<3x3x3x6xf32>) -> tensor<?x4x4x6xf32, #net.sizes<[B, 4, 4, 6]>>
  return %y : tensor<?x4x4x6xf32, #net.sizes<[B, 4, 4, 6]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[K:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.conv %[[X]], %[[K]] {dilation = array<i64: 1, 1>, high = array<i64: 1, 1>, input_dilation = array<i64: 1, 1>, low = array<i64: 1, 1>, strides = array<i64: 2, 2>} : {{.*}} -> tensor<?x4x4x6xf32, #net.sizes<[B, 4, 4, 6]>>
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[REVERSE:.*]] = net.reverse %[[K]] over [0, 1]
// GRAD:       %[[RESHAPE:.*]] = net.reshape %[[REVERSE]] : {{.*}} -> tensor<3x3x3x1x6xf32>
// GRAD:       %[[TRANSPOSE:.*]] = net.transpose %[[RESHAPE]] by [0, 1, 4, 3, 2]
// GRAD:       %[[RESHAPE2:.*]] = net.reshape %[[TRANSPOSE]] : {{.*}} -> tensor<3x3x6x3xf32>
// GRAD:       %[[CONV:.*]] = net.conv %[[DY]], %[[RESHAPE2]] {dilation = array<i64: 1, 1>, high = array<i64: 2, 2>, input_dilation = array<i64: 2, 2>, low = array<i64: 1, 1>, strides = array<i64: 1, 1>} : {{.*}} -> tensor<?x8x8x3xf32, #net.sizes<[B, 8, 8, 3]>>
// GRAD:       %[[TRANSPOSE2:.*]] = net.transpose %[[X]] by [3, 1, 2, 0]
// GRAD:       %[[TRANSPOSE3:.*]] = net.transpose %[[DY]] by [1, 2, 0, 3]
// GRAD:       %[[CONV2:.*]] = net.conv %[[TRANSPOSE2]], %[[TRANSPOSE3]] {dilation = array<i64: 2, 2>, high = array<i64: 0, 0>, input_dilation = array<i64: 1, 1>, low = array<i64: 1, 1>, strides = array<i64: 1, 1>} : {{.*}} -> tensor<3x3x3x6xf32>
// GRAD:       %[[TRANSPOSE4:.*]] = net.transpose %[[CONV2]] by [1, 2, 0, 3]
// GRAD:       return %[[CONV]], %[[TRANSPOSE4]]
func.func @derivative(%x: tensor<?x8x8x3xf32, #net.sizes<[B, 8, 8, 3]>>, %k: tensor<3x3x3x6xf32>, %w: tensor<?x4x4x6xf32, #net.sizes<[B, 4, 4, 6]>>) -> (tensor<?x8x8x3xf32, #net.sizes<[B, 8, 8, 3]>>, tensor<3x3x3x6xf32>) {
  %dx, %dk, %loss = net.grad %x, %k : (tensor<?x8x8x3xf32, #net.sizes<[B, 8, 8, 3]>>, tensor<3x3x3x6xf32>) -> (tensor<?x8x8x3xf32, #net.sizes<[B, 8, 8, 3]>>, tensor<3x3x3x6xf32>, tensor<f32>) {
  ^bb0(%vx: tensor<?x8x8x3xf32, #net.sizes<[B, 8, 8, 3]>>, %vk: tensor<3x3x3x6xf32>):
    %y = net.conv %vx, %vk {dilation = array<i64: 1, 1>, high = array<i64: 1, 1>, input_dilation = array<i64: 1, 1>, low = array<i64: 1, 1>, strides = array<i64: 2, 2>} : (tensor<?x8x8x3xf32, #net.sizes<[B, 8, 8, 3]>>, tensor<3x3x3x6xf32>) -> tensor<?x4x4x6xf32, #net.sizes<[B, 4, 4, 6]>>
    %p = net.mul %y, %w : tensor<?x4x4x6xf32, #net.sizes<[B, 4, 4, 6]>>
    %l = net.sum %p over [0, 1, 2, 3] : (tensor<?x4x4x6xf32, #net.sizes<[B, 4, 4, 6]>>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %dx, %dk : tensor<?x8x8x3xf32, #net.sizes<[B, 8, 8, 3]>>, tensor<3x3x3x6xf32>
}

// -----

func.func @wrong(%x: tensor<2x8x8x4xf32>, %w: tensor<3x3x3x6xf32>) {
  // expected-error @+2 {{cannot convolve f32[2, 8, 8, 4] with f32[3, 3, 3, 6] in 1 groups and 1 parts of the batch}}
  // expected-error @+1 {{'net.conv' op failed to infer returned types}}
  %y = net.conv %x, %w {dilation = array<i64: 1, 1>, high = array<i64: 1, 1>, input_dilation = array<i64: 1, 1>, low = array<i64: 1, 1>, strides = array<i64: 2, 2>} : (tensor<2x8x8x4xf32>, tensor<3x3x3x6xf32>) -> tensor<2x4x4x6xf32>
  return
}

// -----

func.func @wrong(%x: tensor<2x8x8x3xf32>, %w: tensor<3x3x6xf32>) {
  // expected-error @+2 {{cannot convolve f32[2, 8, 8, 3] with f32[3, 3, 6]}}
  // expected-error @+1 {{'net.conv' op failed to infer returned types}}
  %y = net.conv %x, %w {dilation = array<i64: 1, 1>, high = array<i64: 1, 1>, input_dilation = array<i64: 1, 1>, low = array<i64: 1, 1>, strides = array<i64: 2, 2>} : (tensor<2x8x8x3xf32>, tensor<3x3x6xf32>) -> tensor<2x4x4x6xf32>
  return
}

// -----

func.func @wrong(%x: tensor<2x8x8x3xf32>, %w: tensor<3x3x3x6xf32>) {
  // expected-error @+2 {{cannot convolve f32[2, 8, 8, 3] with f32[3, 3, 3, 6] in 0 groups and 1 parts of the batch}}
  // expected-error @+1 {{'net.conv' op failed to infer returned types}}
  %y = net.conv %x, %w {groups = 0 : i64, dilation = array<i64: 1, 1>, high = array<i64: 1, 1>, input_dilation = array<i64: 1, 1>, low = array<i64: 1, 1>, strides = array<i64: 2, 2>} : (tensor<2x8x8x3xf32>, tensor<3x3x3x6xf32>) -> tensor<2x4x4x6xf32>
  return
}

// -----

func.func @wrong(%x: tensor<2x8x8x3xf32>, %w: tensor<3x3x3x6xf32>) {
  // expected-error @+2 {{cannot convolve f32[2, 8, 8, 3] with f32[3, 3, 3, 6]: the size of axis 1 overflows}}
  // expected-error @+1 {{'net.conv' op failed to infer returned types}}
  %y = net.conv %x, %w {dilation = array<i64: 1, 1>, high = array<i64: 1, 1>, input_dilation = array<i64: 1, 1>, low = array<i64: 9223372036854775807, 1>, strides = array<i64: 2, 2>} : (tensor<2x8x8x3xf32>, tensor<3x3x3x6xf32>) -> tensor<2x4x4x6xf32>
  return
}
