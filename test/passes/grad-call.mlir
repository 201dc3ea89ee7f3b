// RUN: net-opt %s --net-grad --symbol-dce --cse --split-input-file --verify-diagnostics | FileCheck %s

// A function becomes one that also gives what its derivative reads, and one from cotangents to cotangents: once for both
// calls. What is an argument already is no residual, and a result is one result.
func.func private @f(%x: tensor<f32>, %w: tensor<f32>) -> tensor<f32> {
  %p = net.mul %x, %w : tensor<f32>
  %y = net.sin %p : tensor<f32>
  return %y : tensor<f32>
}
// CHECK-LABEL: func.func @twice(
// CHECK-SAME:    %[[V:.*]]: tensor<f32>) -> tensor<f32>
// CHECK:       %[[H:.*]]:2 = net.call @f.forward(%[[V]], %[[V]])
// CHECK:       %[[Z:.*]]:2 = net.call @f.forward(%[[H]]#0, %[[V]])
// CHECK:       %[[D1:.*]]:2 = net.call @f.adjoint(%[[H]]#0, %[[V]], %[[Z]]#1, %{{.*}})
// CHECK:       %[[D2:.*]]:2 = net.call @f.adjoint(%[[V]], %[[V]], %[[H]]#1, %[[D1]]#0)
// CHECK:       %[[S:.*]] = net.add %[[D1]]#1, %[[D2]]#0
// CHECK:       %[[D:.*]] = net.add %[[S]], %[[D2]]#1
// CHECK:       return %[[D]]
// CHECK-LABEL: func.func private @f.forward(
// CHECK-SAME:    %[[X:.*]]: tensor<f32>, %[[W:.*]]: tensor<f32>) -> (tensor<f32>, tensor<f32>)
// CHECK:       %[[P:.*]] = net.mul %[[X]], %[[W]]
// CHECK:       %[[Y:.*]] = net.sin %[[P]]
// CHECK:       return %[[Y]], %[[P]]
// CHECK-LABEL: func.func private @f.adjoint(
// CHECK-SAME:    %[[X:.*]]: tensor<f32>, %[[W:.*]]: tensor<f32>, %[[P:.*]]: tensor<f32>, %[[DY:.*]]: tensor<f32>) -> (tensor<f32>, tensor<f32>)
// CHECK:       %[[C:.*]] = net.cos %[[P]]
// CHECK:       %[[DP:.*]] = net.mul %[[DY]], %[[C]]
// CHECK:       %[[DX:.*]] = net.mul %[[DP]], %[[W]]
// CHECK:       %[[DW:.*]] = net.mul %[[DP]], %[[X]]
// CHECK:       return %[[DX]], %[[DW]]
// CHECK-NOT:   func.func private
// CHECK:       {{--[-]--}}
func.func @twice(%v: tensor<f32>) -> tensor<f32> {
  %d, %loss = net.grad %v : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%b: tensor<f32>):
    %h = net.call @f(%b, %b) : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %z = net.call @f(%h, %b) : (tensor<f32>, tensor<f32>) -> tensor<f32>
    net.yield %z : tensor<f32>
  }
  return %d : tensor<f32>
}

// -----

// What the program says a derivative is, is called in its place.
func.func private @clipped(%x: tensor<f32>) -> tensor<f32> attributes {net.derivative = @clipped.derivative} {
  %y = net.sin %x : tensor<f32>
  return %y : tensor<f32>
}
func.func private @clipped.derivative(%x: tensor<f32>, %dy: tensor<f32>) -> tensor<f32> {
  return %dy : tensor<f32>
}
// CHECK-LABEL: func.func @own(
// CHECK-SAME:    %[[X:.*]]: tensor<f32>)
// CHECK:       %[[D:.*]] = net.call @clipped.derivative(%[[X]], %{{.*}})
// CHECK:       return %[[D]]
func.func @own(%x: tensor<f32>) -> tensor<f32> {
  %d, %loss = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%b: tensor<f32>):
    %y = net.call @clipped(%b) : (tensor<f32>) -> tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %d : tensor<f32>
}

// -----

// The operation that blocks is named, not the call.
func.func private @class(%x: tensor<3xf32>) -> tensor<i32> {
  // expected-note @+1 {{the nearest is here}}
  %i = net.argmax %x over 0 : (tensor<3xf32>) -> tensor<i32>
  return %i : tensor<i32>
}
func.func @blocked(%x: tensor<3xf32>) -> tensor<3xf32> {
  // expected-error @+1 {{no derivative for a wanted value, f32[3]: 'net.argmax' has none, and every way from the value to the loss leads through such operations}}
  %dx, %loss = net.grad %x : (tensor<3xf32>) -> (tensor<3xf32>, tensor<f32>) {
  ^bb0(%v: tensor<3xf32>):
    %i = net.call @class(%v) : (tensor<3xf32>) -> tensor<i32>
    %y = net.cast %i : tensor<i32> -> tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %dx : tensor<3xf32>
}

// -----

// expected-error @+1 {{the layer applies itself, directly or through others}}
func.func private @again(%x: tensor<f32>) -> tensor<f32> {
  %y = net.call @again(%x) : (tensor<f32>) -> tensor<f32>
  return %y : tensor<f32>
}
