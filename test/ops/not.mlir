// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s

// net.not: truth values only.

// CHECK-LABEL: @named(
// CHECK: net.not %{{.*}} : tensor<?xi1, #net.sizes<[B]>>
func.func @named(%x: tensor<?xi1, #net.sizes<[B]>>) -> tensor<?xi1, #net.sizes<[B]>> {
  %y = net.not %x : tensor<?xi1, #net.sizes<[B]>>
  return %y : tensor<?xi1, #net.sizes<[B]>>
}

// -----

func.func @wrong(%x: tensor<3xf32>) {
  // expected-error @+1 {{'net.not' op operand #0 must be tensor of bool with named sizes, but got 'tensor<3xf32>'}}
  %y = net.not %x : tensor<3xf32>
  return
}
