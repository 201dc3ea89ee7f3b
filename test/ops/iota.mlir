// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s

// net.iota: 0, 1, 2, ... along the only axis.

// CHECK-LABEL: @named(
// CHECK: net.iota : tensor<?xi32, #net.sizes<[B]>>
func.func @named() -> tensor<?xi32, #net.sizes<[B]>> {
  %y = net.iota : tensor<?xi32, #net.sizes<[B]>>
  return %y : tensor<?xi32, #net.sizes<[B]>>
}

// -----

func.func @wrong() {
  // expected-error @+1 {{'net.iota' op gives one axis, not i32[2, 3]}}
  %y = net.iota : tensor<2x3xi32>
  return
}
