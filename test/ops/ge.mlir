// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.ge: the result is a truth value; no derivative comes through the condition.

// CHECK-LABEL: @named(
// CHECK: net.ge %{{.*}}, %{{.*}} : tensor<?x3xf32, #net.sizes<[B, 3]>>
func.func @named(%a: tensor<?x3xf32, #net.sizes<[B, 3]>>, %b: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?x3xi1, #net.sizes<[B, 3]>> {
  %y = net.ge %a, %b : tensor<?x3xf32, #net.sizes<[B, 3]>>
  return %y : tensor<?x3xi1, #net.sizes<[B, 3]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:{{.*}}%[[K:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.ge %[[X]], %[[K]]
// GRAD:       %[[ONE:.*]] = net.constant dense<1.000000e+00>
// GRAD:       %[[ZERO:.*]] = net.constant dense<0.000000e+00>
// GRAD:       %[[WHERE:.*]] = net.where %[[Y]], %[[ONE]], %[[ZERO]]
// GRAD:       return %[[WHERE]]
func.func @derivative(%x: tensor<f32>, %k: tensor<f32>) -> tensor<f32> {
  %dx, %loss = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    %c = net.ge %v, %k : tensor<f32>
    %y = net.where %c, %v, %k : tensor<i1>, tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %dx : tensor<f32>
}

// -----

func.func @wrong(%a: tensor<3xf32>, %b: tensor<3xi32>) {
  // expected-error @+1 {{'net.ge' op requires all operands to have the same type}}
  %y = "net.ge"(%a, %b) : (tensor<3xf32>, tensor<3xi32>) -> tensor<3xi1>
  return
}
