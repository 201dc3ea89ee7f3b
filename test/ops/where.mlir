// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.where: each branch has the cotangent where it was taken, 0 elsewhere.

// CHECK-LABEL: @named(
// CHECK: net.where %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x3xi1, #net.sizes<[B, 3]>>, tensor<?x3xf32, #net.sizes<[B, 3]>>
func.func @named(%c: tensor<?x3xi1, #net.sizes<[B, 3]>>, %a: tensor<?x3xf32, #net.sizes<[B, 3]>>, %b: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %y = net.where %c, %a, %b : tensor<?x3xi1, #net.sizes<[B, 3]>>, tensor<?x3xf32, #net.sizes<[B, 3]>>
  return %y : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[C:[a-z0-9]+]]:{{.*}}%[[A:[a-z0-9]+]]:{{.*}}%[[B:[a-z0-9]+]]:
// GRAD:       %[[ONE:.*]] = net.constant dense<1.000000e+00>
// GRAD:       %[[ZERO:.*]] = net.constant dense<0.000000e+00>
// GRAD:       %[[Y:.*]] = net.where %[[C]], %[[ONE]], %[[ZERO]]
// GRAD:       %[[WHERE:.*]] = net.where %[[C]], %[[ZERO]], %[[ONE]]
// GRAD:       return %[[Y]], %[[WHERE]]
func.func @derivative(%c: tensor<i1>, %a: tensor<f32>, %b: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %da, %db, %loss = net.grad %a, %b : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
  ^bb0(%va: tensor<f32>, %vb: tensor<f32>):
    %y = net.where %c, %va, %vb : tensor<i1>, tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %da, %db : tensor<f32>, tensor<f32>
}

// -----

func.func @wrong(%c: tensor<4xi1>, %a: tensor<3xf32>) {
  // expected-error @+1 {{'net.where' op requires the same shape for all operands and results}}
  %y = net.where %c, %a, %a : tensor<4xi1>, tensor<3xf32>
  return
}

// -----

func.func @wrong(%c: tensor<3xi32>, %a: tensor<3xf32>) {
  // expected-error @+1 {{'net.where' op operand #0 must be tensor of bool with named sizes, but got 'tensor<3xi32>'}}
  %y = net.where %c, %a, %a : tensor<3xi32>, tensor<3xf32>
  return
}
