// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.min: operands of one shape; broadcasting is an operation of its own.

// CHECK-LABEL: @named(
// CHECK: net.min %{{.*}}, %{{.*}} : tensor<?x3xf32, #net.sizes<[B, 3]>>
func.func @named(%a: tensor<?x3xf32, #net.sizes<[B, 3]>>, %b: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %y = net.min %a, %b : tensor<?x3xf32, #net.sizes<[B, 3]>>
  return %y : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

// CHECK-LABEL: @whole(
// CHECK: net.min %{{.*}}, %{{.*}} : tensor<4xui8>
func.func @whole(%a: tensor<4xui8>, %b: tensor<4xui8>) -> tensor<4xui8> {
  %y = net.min %a, %b : tensor<4xui8>
  return %y : tensor<4xui8>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[A:[a-z0-9]+]]:{{.*}}%[[B:[a-z0-9]+]]:
// GRAD:       %[[ONE:.*]] = net.constant dense<1.000000e+00>
// GRAD:       %[[LE:.*]] = net.le %[[A]], %[[B]]
// GRAD:       %[[ZERO:.*]] = net.constant dense<0.000000e+00>
// GRAD:       %[[WHERE:.*]] = net.where %[[LE]], %[[ONE]], %[[ZERO]]
// GRAD:       %[[WHERE2:.*]] = net.where %[[LE]], %[[ZERO]], %[[ONE]]
// GRAD:       return %[[WHERE]], %[[WHERE2]]
func.func @derivative(%a: tensor<f32>, %b: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %da, %db, %loss = net.grad %a, %b : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
  ^bb0(%va: tensor<f32>, %vb: tensor<f32>):
    %y = net.min %va, %vb : tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %da, %db : tensor<f32>, tensor<f32>
}

// -----

func.func @wrong(%a: tensor<3xf32>, %b: tensor<4xf32>) {
  // expected-error @+1 {{'net.min' op requires the same type for all operands and results}}
  %y = "net.min"(%a, %b) : (tensor<3xf32>, tensor<4xf32>) -> tensor<3xf32>
  return
}
