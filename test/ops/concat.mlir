// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.concat: arrays one after the other; each gets its part of the cotangent.

// CHECK-LABEL: @named(
// CHECK: net.concat %{{.*}}, %{{.*}} over 1 : (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<?x2xf32, #net.sizes<[B, 2]>>) -> tensor<?x5xf32, #net.sizes<[B, 5]>>
func.func @named(%a: tensor<?x3xf32, #net.sizes<[B, 3]>>, %b: tensor<?x2xf32, #net.sizes<[B, 2]>>) -> tensor<?x5xf32, #net.sizes<[B, 5]>> {
  %y = net.concat %a, %b over 1 : (tensor<?x3xf32, #net.sizes<[B, 3]>>, tensor<?x2xf32, #net.sizes<[B, 2]>>) -> tensor<?x5xf32, #net.sizes<[B, 5]>>
  return %y : tensor<?x5xf32, #net.sizes<[B, 5]>>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[A:[a-z0-9]+]]:{{.*}}%[[B:[a-z0-9]+]]:{{.*}}%[[W:[a-z0-9]+]]:
// GRAD:       %[[Y:.*]] = net.concat %[[A]], %[[B]] over 0
// GRAD:       net.constant dense<1.000000e+00>
// GRAD:       %[[DY:.*]] = net.mul %{{.*}}, %[[W]]
// GRAD:       %[[SLICE:.*]] = net.slice %[[DY]] from <[0]> by [1] : {{.*}} -> tensor<?xf32, #net.sizes<[B]>>
// GRAD:       %[[SLICE2:.*]] = net.slice %[[DY]] from <[B]> by [1] : {{.*}} -> tensor<2xf32>
// GRAD:       return %[[SLICE]], %[[SLICE2]]
func.func @derivative(%a: tensor<?xf32, #net.sizes<[B]>>, %b: tensor<2xf32>, %w: tensor<?xf32, #net.sizes<[B + 2]>>) -> (tensor<?xf32, #net.sizes<[B]>>, tensor<2xf32>) {
  %da, %db, %loss = net.grad %a, %b : (tensor<?xf32, #net.sizes<[B]>>, tensor<2xf32>) -> (tensor<?xf32, #net.sizes<[B]>>, tensor<2xf32>, tensor<f32>) {
  ^bb0(%va: tensor<?xf32, #net.sizes<[B]>>, %vb: tensor<2xf32>):
    %y = net.concat %va, %vb over 0 : (tensor<?xf32, #net.sizes<[B]>>, tensor<2xf32>) -> tensor<?xf32, #net.sizes<[B + 2]>>
    %p = net.mul %y, %w : tensor<?xf32, #net.sizes<[B + 2]>>
    %l = net.sum %p over [0] : (tensor<?xf32, #net.sizes<[B + 2]>>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  return %da, %db : tensor<?xf32, #net.sizes<[B]>>, tensor<2xf32>
}

// -----

func.func @wrong(%a: tensor<2x3xf32>, %b: tensor<3x3xf32>) {
  // expected-error @+2 {{cannot put f32[3, 3] behind f32[2, 3]: axis 0 has 3, not 2}}
  // expected-error @+1 {{'net.concat' op failed to infer returned types}}
  %y = net.concat %a, %b over 1 : (tensor<2x3xf32>, tensor<3x3xf32>) -> tensor<2x6xf32>
  return
}

// -----

func.func @wrong(%a: tensor<2xf32>, %b: tensor<2xf64>) {
  // expected-error @+2 {{cannot put f64[2] behind f32[2]}}
  // expected-error @+1 {{'net.concat' op failed to infer returned types}}
  %y = net.concat %a, %b over 0 : (tensor<2xf32>, tensor<2xf64>) -> tensor<4xf32>
  return
}

// -----

func.func @wrong(%a: tensor<2xf32>) {
  // expected-error @+2 {{no axis 1 in f32[2]}}
  // expected-error @+1 {{'net.concat' op failed to infer returned types}}
  %y = net.concat %a over 1 : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @wrong() {
  // expected-error @+2 {{wants an array at least}}
  // expected-error @+1 {{'net.concat' op failed to infer returned types}}
  %y = "net.concat"() {axis = 0 : i64} : () -> tensor<2xf32>
  return
}
