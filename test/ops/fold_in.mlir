// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s

// net.fold_in: the key of a turn.

// CHECK-LABEL: @named(
// CHECK: net.fold_in %{{.*}}, %{{.*}} : (tensor<i64>, tensor<i32>) -> tensor<i64>
func.func @named(%k: tensor<i64>, %i: tensor<i32>) -> tensor<i64> {
  %y = net.fold_in %k, %i : (tensor<i64>, tensor<i32>) -> tensor<i64>
  return %y : tensor<i64>
}

// -----

func.func @wrong(%k: tensor<i64>, %i: tensor<f32>) {
  // expected-error @+1 {{'net.fold_in' op operand #1 must be whole number (tensor of rank 0), but got 'tensor<f32>'}}
  %y = net.fold_in %k, %i : (tensor<i64>, tensor<f32>) -> tensor<i64>
  return
}
