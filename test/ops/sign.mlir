// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.sign: A step has the derivative 0.

// CHECK-LABEL: @named(
// CHECK: net.sign %{{.*}} : tensor<?x3xf32, #net.sizes<[B, 3]>>
func.func @named(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %y = net.sign %x : tensor<?x3xf32, #net.sizes<[B, 3]>>
  return %y : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

// CHECK-LABEL: @whole(
// CHECK: net.sign %{{.*}} : tensor<3xi32>
func.func @whole(%x: tensor<3xi32>) -> tensor<3xi32> {
  %y = net.sign %x : tensor<3xi32>
  return %y : tensor<3xi32>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.sign %[[X]]
// GRAD:       %[[ONE:.*]] = net.constant dense<1.000000e+00>
// GRAD:       %[[MUL:.*]] = net.mul %[[ONE]], %[[Y]]
// GRAD:       return %[[MUL]]
func.func @derivative(%x: tensor<f32>) -> tensor<f32> {
  %dx, %loss = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    %s = net.sign %v : tensor<f32>
    %y = net.mul %s, %v : tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %dx : tensor<f32>
}

// -----

// GRAD-LABEL: @alone(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:
// GRAD:       %[[ZERO:.*]] = net.constant dense<0.000000e+00>
// GRAD:       return %[[ZERO]]
func.func @alone(%x: tensor<f32>) -> tensor<f32> {
  %dx, %loss = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    %y = net.sign %v : tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %dx : tensor<f32>
}

// -----

func.func @wrong(%x: tensor<?xf32>) {
  // expected-error @+1 {{'net.sign' op operand #0 must be tensor with named sizes, but got 'tensor<?xf32>'}}
  %y = net.sign %x : tensor<?xf32>
  return
}
