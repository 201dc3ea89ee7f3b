// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s

// net.and: truth values only.

// CHECK-LABEL: @named(
// CHECK: net.and %{{.*}}, %{{.*}} : tensor<?xi1, #net.sizes<[B]>>
func.func @named(%a: tensor<?xi1, #net.sizes<[B]>>, %b: tensor<?xi1, #net.sizes<[B]>>) -> tensor<?xi1, #net.sizes<[B]>> {
  %y = net.and %a, %b : tensor<?xi1, #net.sizes<[B]>>
  return %y : tensor<?xi1, #net.sizes<[B]>>
}

// -----

func.func @wrong(%a: tensor<3xi32>, %b: tensor<3xi32>) {
  // expected-error @+1 {{'net.and' op operand #0 must be tensor of bool with named sizes, but got 'tensor<3xi32>'}}
  %y = net.and %a, %b : tensor<3xi32>
  return
}
