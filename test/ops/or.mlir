// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s

// net.or: truth values only.

// CHECK-LABEL: @named(
// CHECK: net.or %{{.*}}, %{{.*}} : tensor<?xi1, #net.sizes<[B]>>
func.func @named(%a: tensor<?xi1, #net.sizes<[B]>>, %b: tensor<?xi1, #net.sizes<[B]>>) -> tensor<?xi1, #net.sizes<[B]>> {
  %y = net.or %a, %b : tensor<?xi1, #net.sizes<[B]>>
  return %y : tensor<?xi1, #net.sizes<[B]>>
}

// -----

func.func @wrong(%a: tensor<3xi32>, %b: tensor<3xi32>) {
  // expected-error @+1 {{'net.or' op operand #0 must be tensor of bool with named sizes, but got 'tensor<3xi32>'}}
  %y = net.or %a, %b : tensor<3xi32>
  return
}
