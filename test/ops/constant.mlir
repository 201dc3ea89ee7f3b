// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --canonicalize | FileCheck %s --check-prefix=FOLD

// net.constant: an array known at compile time; equal ones are merged.

// CHECK-LABEL: @named(
// CHECK: net.constant dense<[1, 2, 255]> : tensor<3xui8>
func.func @named() -> tensor<3xui8> {
  %y = net.constant dense<[1, 2, 255]> : tensor<3xui8>
  return %y : tensor<3xui8>
}

// -----

// FOLD-LABEL: @once(
// FOLD: %[[C:.*]] = net.constant dense<2.000000e+00> : tensor<f32>
// FOLD-NOT: net.constant
// FOLD: net.add %[[C]], %[[C]]
func.func @once() -> tensor<f32> {
  %a = net.constant dense<2.0> : tensor<f32>
  %b = net.constant dense<2.0> : tensor<f32>
  %y = net.add %a, %b : tensor<f32>
  return %y : tensor<f32>
}

// -----

func.func @wrong() {
  // expected-error @+1 {{'net.constant' op failed to verify that all of {value, y} have same type}}
  %y = "net.constant"() {value = dense<1.0> : tensor<2xf32>} : () -> tensor<3xf32>
  return
}
