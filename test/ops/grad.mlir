// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.grad: cotangents of its operands and taps, then what its region yields, the loss first.

// CHECK-LABEL: @square(
// CHECK: net.grad %{{.*}} : (tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>)
// CHECK: net.yield %{{.*}}, %{{.*}} : tensor<f32>, tensor<f32>
// Two uses of one value: their cotangents are added. What is yielded beside the loss stays.
// GRAD-LABEL: @square(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:
// GRAD:       %[[S:.*]] = net.sin %[[X]]
// GRAD:       %[[L:.*]] = net.mul %[[S]], %[[X]]
// GRAD:       %[[ONE:.*]] = net.constant dense<1.000000e+00>
// GRAD:       %[[DS:.*]] = net.mul %[[ONE]], %[[X]]
// GRAD:       %[[DX:.*]] = net.mul %[[ONE]], %[[S]]
// GRAD:       %[[COS:.*]] = net.cos %[[X]]
// GRAD:       %[[THROUGH:.*]] = net.mul %[[DS]], %[[COS]]
// GRAD:       %[[SUM:.*]] = net.add %[[DX]], %[[THROUGH]]
// GRAD:       return %[[SUM]], %[[L]], %[[S]]
func.func @square(%x: tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
  %dx, %loss, %s = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    %t = net.sin %v : tensor<f32>
    %y = net.mul %t, %v : tensor<f32>
    net.yield %y, %t : tensor<f32>, tensor<f32>
  }
  return %dx, %loss, %s : tensor<f32>, tensor<f32>, tensor<f32>
}

// -----

func.func @wrong(%x: tensor<3xf32>) {
  // expected-error @+1 {{'net.grad' op wants a real scalar as its loss}}
  %dx, %loss = net.grad %x : (tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  ^bb0(%v: tensor<3xf32>):
    net.yield %v : tensor<3xf32>
  }
  return
}

// -----

func.func @wrong(%x: tensor<f32>) {
  // expected-error @+1 {{'net.grad' op has block arguments of other types than its operands}}
  %dx, %loss = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f64>) {
  ^bb0(%v: tensor<f64>):
    net.yield %v : tensor<f64>
  }
  return
}

// -----

func.func @wrong(%x: tensor<f32>) {
  // expected-error @+1 {{'net.grad' op gives a cotangent for each operand and tap, then what it yields: 'tensor<f32>', 'tensor<f32>', 'tensor<f32>'}}
  %dx, %loss = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    %t = net.tap %v : tensor<f32>
    net.yield %t : tensor<f32>
  }
  return
}
