// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s

// net.all: truth values only.

// CHECK-LABEL: @named(
// CHECK: net.all %{{.*}} over [1] : (tensor<?x3xi1, #net.sizes<[B, 3]>>) -> tensor<?xi1, #net.sizes<[B]>>
func.func @named(%x: tensor<?x3xi1, #net.sizes<[B, 3]>>) -> tensor<?xi1, #net.sizes<[B]>> {
  %y = net.all %x over [1] : (tensor<?x3xi1, #net.sizes<[B, 3]>>) -> tensor<?xi1, #net.sizes<[B]>>
  return %y : tensor<?xi1, #net.sizes<[B]>>
}

// -----

func.func @wrong(%x: tensor<3xf32>) {
  // expected-error @+1 {{'net.all' op operand #0 must be tensor of bool with named sizes, but got 'tensor<3xf32>'}}
  %y = net.all %x over [0] : (tensor<3xf32>) -> tensor<f32>
  return
}
