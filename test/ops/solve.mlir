// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.solve: linear equations; the derivative solves the transposed ones.

// CHECK-LABEL: @named(
// CHECK: net.solve %{{.*}}, %{{.*}} : (tensor<?x3x3xf32, #net.sizes<[B, 3, 3]>>, tensor<?x3x2xf32, #net.sizes<[B, 3, 2]>>) -> tensor<?x3x2xf32, #net.sizes<[B, 3, 2]>>
func.func @named(%a: tensor<?x3x3xf32, #net.sizes<[B, 3, 3]>>, %b: tensor<?x3x2xf32, #net.sizes<[B, 3, 2]>>) -> tensor<?x3x2xf32, #net.sizes<[B, 3, 2]>> {
  %y = net.solve %a, %b : (tensor<?x3x3xf32, #net.sizes<[B, 3, 3]>>, tensor<?x3x2xf32, #net.sizes<[B, 3, 2]>>) -> tensor<?x3x2xf32, #net.sizes<[B, 3, 2]>>
  return %y : tensor<?x3x2xf32, #net.sizes<[B, 3, 2]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[A:[a-z0-9]+]]:{{.*}}%[[B:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.solve %[[A]], %[[B]]
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[T:.*]] = net.transpose %[[A]] by [0, 2, 1]
// GRAD:       %[[DB:.*]] = net.solve %[[T]], %[[DY]]
// GRAD:       %[[P:.*]] = net.einsum "ayz,axz->ayx" %[[DB]], %[[Y]]
// GRAD:       %[[DA:.*]] = net.neg %[[P]]
// GRAD:       return %[[DA]], %[[DB]]
func.func @derivative(%a: tensor<4x2x2xf32>, %b: tensor<4x2x1xf32>, %w: tensor<4x2x1xf32>) -> (tensor<4x2x2xf32>, tensor<4x2x1xf32>) {
  %da, %db, %loss = net.grad %a, %b : (tensor<4x2x2xf32>, tensor<4x2x1xf32>) -> (tensor<4x2x2xf32>, tensor<4x2x1xf32>, tensor<f32>) {
  ^bb0(%c: tensor<4x2x2xf32>, %d: tensor<4x2x1xf32>):
    %y = net.solve %c, %d : (tensor<4x2x2xf32>, tensor<4x2x1xf32>) -> tensor<4x2x1xf32>
    %p = net.mul %y, %w : tensor<4x2x1xf32>
    %l = net.sum %p over [0, 1, 2] : (tensor<4x2x1xf32>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %da, %db : tensor<4x2x2xf32>, tensor<4x2x1xf32>
}

// -----

func.func @square(%a: tensor<2x3xf32>, %b: tensor<2x1xf32>) {
  // expected-error @+2 {{cannot solve for f32[2, 1] by f32[2, 3]}}
  // expected-error @+1 {{'net.solve' op failed to infer returned types}}
  %y = net.solve %a, %b : (tensor<2x3xf32>, tensor<2x1xf32>) -> tensor<2x1xf32>
  return
}

// -----

func.func @rows(%a: tensor<3x3xf32>, %b: tensor<2x1xf32>) {
  // expected-error @+2 {{cannot solve for f32[2, 1] by f32[3, 3]}}
  // expected-error @+1 {{'net.solve' op failed to infer returned types}}
  %y = net.solve %a, %b : (tensor<3x3xf32>, tensor<2x1xf32>) -> tensor<2x1xf32>
  return
}
