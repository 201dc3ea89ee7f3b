// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s

// net.size: a size as a number.

// CHECK-LABEL: @named(
// CHECK: net.size "B*T + 1" : tensor<i64>
func.func @named(%x: tensor<?x?xf32, #net.sizes<[B, T]>>) -> tensor<i64> {
  %y = net.size "B*T + 1" : tensor<i64>
  return %y : tensor<i64>
}

// -----

func.func @wrong() {
  // expected-error @+1 {{'net.size' op has no size 'B +'}}
  %y = net.size "B +" : tensor<i64>
  return
}

// -----

func.func @wrong() {
  // expected-error @+1 {{'net.size' op has no size '99999999999 * 99999999999'}}
  %y = net.size "99999999999 * 99999999999" : tensor<i64>
  return
}

// -----

func.func @wrong() {
  // expected-error @+1 {{'net.size' op result #0 must be tensor of rank 0, but got 'tensor<1xi64>'}}
  %y = net.size "B" : tensor<1xi64>
  return
}
