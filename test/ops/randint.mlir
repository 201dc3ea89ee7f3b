// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s

// net.randint: whole numbers lo .. hi - 1.

// CHECK-LABEL: @named(
// CHECK: net.randint %{{.*}}, %{{.*}}, %{{.*}} : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi32, #net.sizes<[B]>>
func.func @named(%k: tensor<i64>, %l: tensor<i64>, %h: tensor<i64>) -> tensor<?xi32, #net.sizes<[B]>> {
  %y = net.randint %k, %l, %h : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi32, #net.sizes<[B]>>
  return %y : tensor<?xi32, #net.sizes<[B]>>
}

// -----

func.func @wrong(%k: tensor<i64>) {
  // expected-error @+1 {{'net.randint' op result #0 must be tensor of whole numbers with named sizes, but got 'tensor<3xf32>'}}
  %y = net.randint %k, %k, %k : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<3xf32>
  return
}
