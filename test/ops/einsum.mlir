// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.einsum: sums of products; the derivatives are such sums.

// CHECK-LABEL: @named(
// CHECK: net.einsum "bij,jk->bik" %{{.*}}, %{{.*}} : (tensor<?x3x4xf32, #net.sizes<[B, 3, 4]>>, tensor<4x5xf32>) -> tensor<?x3x5xf32, #net.sizes<[B, 3, 5]>>
func.func @named(%a: tensor<?x3x4xf32, #net.sizes<[B, 3, 4]>>, %b: tensor<4x5xf32>) -> tensor<?x3x5xf32, #net.sizes<[B, 3, 5]>> {
  %y = net.einsum "bij,jk->bik" %a, %b : (tensor<?x3x4xf32, #net.sizes<[B, 3, 4]>>, tensor<4x5xf32>) -> tensor<?x3x5xf32, #net.sizes<[B, 3, 5]>>
  return %y : tensor<?x3x5xf32, #net.sizes<[B, 3, 5]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[A:[a-z0-9]+]]:{{.*}}%[[B:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.einsum "ij,jk->ik" %[[A]], %[[B]]
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[EINSUM:.*]] = net.einsum "ik,jk->ij" %[[DY]], %[[B]]
// GRAD:       %[[EINSUM2:.*]] = net.einsum "ij,ik->jk" %[[A]], %[[DY]]
// GRAD:       return %[[EINSUM]], %[[EINSUM2]]
func.func @derivative(%a: tensor<?x3xf32, #net.sizes<[B, 3]>>, %b: tensor<3x5xf32>, %w: tensor<?x5xf32, #net.sizes<[B, 5]>>) -> (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<3x5xf32>) {
  %da, %db, %loss = net.grad %a, %b : (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<3x5xf32>) -> (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<3x5xf32>, tensor<f32>) {
  ^bb0(%va: tensor<?x3xf32, #net.sizes<[B, 3]>>, %vb: tensor<3x5xf32>):
    %y = net.einsum "ij,jk->ik" %va, %vb : (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<3x5xf32>) -> tensor<?x5xf32, #net.sizes<[B, 5]>>
    %p = net.mul %y, %w : tensor<?x5xf32, #net.sizes<[B, 5]>>
    %l = net.sum %p over [0, 1] : (tensor<?x5xf32, #net.sizes<[B, 5]>>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %da, %db : tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<3x5xf32>
}

// -----

func.func @wrong(%a: tensor<2x3xf32>, %b: tensor<4x5xf32>) {
  // expected-error @+2 {{axis j is 3 and 4}}
  // expected-error @+1 {{'net.einsum' op failed to infer returned types}}
  %y = net.einsum "ij,jk->ik" %a, %b : (tensor<2x3xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @wrong(%a: tensor<2x3xf32>, %b: tensor<3x5xf32>) {
  // expected-error @+2 {{axis k stands in one operand alone: sum it before}}
  // expected-error @+1 {{'net.einsum' op failed to infer returned types}}
  %y = net.einsum "ij,jk->i" %a, %b : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @wrong(%a: tensor<2x3xf32>, %b: tensor<3x5xf32>) {
  // expected-error @+2 {{'ijk' names 3 axes of f32[2, 3]}}
  // expected-error @+1 {{'net.einsum' op failed to infer returned types}}
  %y = net.einsum "ijk,jk->i" %a, %b : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @wrong(%a: tensor<2x2xf32>, %b: tensor<2x5xf32>) {
  // expected-error @+2 {{'ii' names an axis twice}}
  // expected-error @+1 {{'net.einsum' op failed to infer returned types}}
  %y = net.einsum "ii,ij->j" %a, %b : (tensor<2x2xf32>, tensor<2x5xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @wrong(%a: tensor<2xf32>, %b: tensor<2xf32>) {
  // expected-error @+2 {{axis j of the result is no operand's, or stands twice}}
  // expected-error @+1 {{'net.einsum' op failed to infer returned types}}
  %y = net.einsum "i,i->ij" %a, %b : (tensor<2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @wrong(%a: tensor<2xf32>, %b: tensor<2xf64>) {
  // expected-error @+2 {{mixes element types}}
  // expected-error @+1 {{'net.einsum' op failed to infer returned types}}
  %y = net.einsum "i,i->" %a, %b : (tensor<2xf32>, tensor<2xf64>) -> tensor<f32>
  return
}
