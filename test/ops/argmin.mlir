// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.argmin: the first position; blocked for derivatives.

// CHECK-LABEL: @named(
// CHECK: net.argmin %{{.*}} over 1 : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?xi32, #net.sizes<[B]>>
func.func @named(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?xi32, #net.sizes<[B]>> {
  %y = net.argmin %x over 1 : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?xi32, #net.sizes<[B]>>
  return %y : tensor<?xi32, #net.sizes<[B]>>
}

// -----

func.func @wrong(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{cannot reduce axis 2 of f32[2, 3]}}
  // expected-error @+1 {{'net.argmin' op failed to infer returned types}}
  %y = net.argmin %x over 2 : (tensor<2x3xf32>) -> tensor<2xi32>
  return
}

// -----

// Another way to the loss is enough.
// GRAD-LABEL: @beside(
// GRAD:       %[[ONE:.*]] = net.constant dense<1.000000e+00> : tensor<f32>
// GRAD:       %[[DX:.*]] = net.broadcast %[[ONE]] to [] : tensor<f32> -> tensor<3xf32>
// GRAD:       return %[[DX]]
func.func @beside(%x: tensor<3xf32>) -> tensor<3xf32> {
  %dx, %loss = net.grad %x : (tensor<3xf32>) -> (tensor<3xf32>, tensor<f32>) {
  ^bb0(%v: tensor<3xf32>):
    %i = net.argmin %v over 0 : (tensor<3xf32>) -> tensor<i32>
    %r = net.cast %i : tensor<i32> -> tensor<f32>
    %s = net.sum %v over [0] : (tensor<3xf32>) -> tensor<f32>
    %y = net.add %r, %s : tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %dx : tensor<3xf32>
}
