// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.pow: a real exponent; the derivative by it is 0 where the base is 0.

// CHECK-LABEL: @named(
// CHECK: net.pow %{{.*}}, %{{.*}} : tensor<?x3xf32, #net.sizes<[B, 3]>>
func.func @named(%a: tensor<?x3xf32, #net.sizes<[B, 3]>>, %b: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %y = net.pow %a, %b : tensor<?x3xf32, #net.sizes<[B, 3]>>
  return %y : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[A:[a-z0-9]+]]:{{.*}}%[[B:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.pow %[[A]], %[[B]]
// GRAD:       %[[ONE:.*]] = net.constant dense<1.000000e+00>
// GRAD:       %[[ZERO:.*]] = net.constant dense<0.000000e+00>
// GRAD:       %[[EQ:.*]] = net.eq %[[B]], %[[ZERO]]
// GRAD:       %[[MUL:.*]] = net.mul %[[ONE]], %[[B]]
// GRAD:       %[[SUB:.*]] = net.sub %[[B]], %[[ONE]]
// GRAD:       %[[POW:.*]] = net.pow %[[A]], %[[SUB]]
// GRAD:       %[[MUL2:.*]] = net.mul %[[MUL]], %[[POW]]
// GRAD:       %[[WHERE:.*]] = net.where %[[EQ]], %[[ZERO]], %[[MUL2]]
// GRAD:       %[[EQ2:.*]] = net.eq %[[A]], %[[ZERO]]
// GRAD:       %[[WHERE2:.*]] = net.where %[[EQ2]], %[[ONE]], %[[A]]
// GRAD:       %[[LOG:.*]] = net.log %[[WHERE2]]
// GRAD:       %[[MUL3:.*]] = net.mul %[[Y]], %[[LOG]]
// GRAD:       %[[WHERE3:.*]] = net.where %[[EQ2]], %[[ZERO]], %[[MUL3]]
// GRAD:       %[[MUL4:.*]] = net.mul %[[ONE]], %[[WHERE3]]
// GRAD:       return %[[WHERE]], %[[MUL4]]
func.func @derivative(%a: tensor<f32>, %b: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %da, %db, %loss = net.grad %a, %b : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
  ^bb0(%va: tensor<f32>, %vb: tensor<f32>):
    %y = net.pow %va, %vb : tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %da, %db : tensor<f32>, tensor<f32>
}

// -----

func.func @wrong(%a: tensor<3xi32>, %b: tensor<3xi32>) {
  // expected-error @+1 {{'net.pow' op operand #0 must be tensor of real numbers with named sizes, but got 'tensor<3xi32>'}}
  %y = net.pow %a, %b : tensor<3xi32>
  return
}
