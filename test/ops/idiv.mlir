// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.idiv: a step, its derivatives are 0.

// CHECK-LABEL: @named(
// CHECK: net.idiv %{{.*}}, %{{.*}} : tensor<?x3xf32, #net.sizes<[B, 3]>>
func.func @named(%a: tensor<?x3xf32, #net.sizes<[B, 3]>>, %b: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %y = net.idiv %a, %b : tensor<?x3xf32, #net.sizes<[B, 3]>>
  return %y : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

// CHECK-LABEL: @whole(
// CHECK: net.idiv %{{.*}}, %{{.*}} : tensor<4xi64>
func.func @whole(%a: tensor<4xi64>, %b: tensor<4xi64>) -> tensor<4xi64> {
  %y = net.idiv %a, %b : tensor<4xi64>
  return %y : tensor<4xi64>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[A:[a-z0-9]+]]:{{.*}}%[[B:[a-z0-9]+]]:
// GRAD:       %[[ZERO:.*]] = net.constant dense<0.000000e+00>
// GRAD:       return %[[ZERO]], %[[ZERO]]
func.func @derivative(%a: tensor<f32>, %b: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %da, %db, %loss = net.grad %a, %b : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
  ^bb0(%va: tensor<f32>, %vb: tensor<f32>):
    %y = net.idiv %va, %vb : tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %da, %db : tensor<f32>, tensor<f32>
}

// -----

func.func @wrong(%a: tensor<3xf32>, %b: tensor<4xf32>) {
  // expected-error @+1 {{'net.idiv' op requires the same type for all operands and results}}
  %y = "net.idiv"(%a, %b) : (tensor<3xf32>, tensor<4xf32>) -> tensor<3xf32>
  return
}
