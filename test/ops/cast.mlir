// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --canonicalize | FileCheck %s --check-prefix=FOLD
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.cast: another element type.

// CHECK-LABEL: @named(
// CHECK: net.cast %{{.*}} : tensor<?xui8, #net.sizes<[B]>> -> tensor<?xf32, #net.sizes<[B]>>
func.func @named(%x: tensor<?xui8, #net.sizes<[B]>>) -> tensor<?xf32, #net.sizes<[B]>> {
  %y = net.cast %x : tensor<?xui8, #net.sizes<[B]>> -> tensor<?xf32, #net.sizes<[B]>>
  return %y : tensor<?xf32, #net.sizes<[B]>>
}

// -----

// FOLD-LABEL: @same(
// FOLD-SAME:  %[[X:[a-z0-9]+]]:
// FOLD:       return %[[X]]
func.func @same(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = net.cast %x : tensor<3xf32> -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// GRAD-LABEL: @derivative(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:
// GRAD:       %[[ONE:.*]] = net.constant dense<1.000000e+00>
// GRAD:       %[[Y:.*]] = net.cast %[[ONE]] : tensor<f32> -> tensor<f16>
// GRAD:       return %[[Y]]
func.func @derivative(%x: tensor<f16>) -> tensor<f16> {
  %dx, %loss = net.grad %x : (tensor<f16>) -> (tensor<f16>, tensor<f32>) {
  ^bb0(%v: tensor<f16>):
    %y = net.cast %v : tensor<f16> -> tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %dx : tensor<f16>
}

// -----

func.func @wrong(%x: tensor<3xf32>) {
  // expected-error @+1 {{'net.cast' op requires the same shape for all operands and results}}
  %y = net.cast %x : tensor<3xf32> -> tensor<4xf16>
  return
}
