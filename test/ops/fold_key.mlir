// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s

// net.fold_key: the key of a named place.

// CHECK-LABEL: @named(
// CHECK: net.fold_key %{{.*}} "LeNet.dropout_1" : tensor<i64> -> tensor<i64>
func.func @named(%k: tensor<i64>) -> tensor<i64> {
  %y = net.fold_key %k "LeNet.dropout_1" : tensor<i64> -> tensor<i64>
  return %y : tensor<i64>
}

// -----

func.func @wrong(%k: tensor<i32>) {
  // expected-error @+1 {{'net.fold_key' op operand #0 must be random key (tensor<i64>), but got 'tensor<i32>'}}
  %y = net.fold_key %k "a" : tensor<i32> -> tensor<i64>
  return
}
