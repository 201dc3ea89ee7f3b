// RUN: net-opt %s --net-inline --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s

// A layer called twice stands there twice, each time at its call; the path names the place.
// CHECK-NOT:   func.func private
// CHECK-LABEL: func.func @twice(
// CHECK:       %[[A:.*]] = net.sin %{{.*}} loc(callsite({{.*}} at "wave_1"
// CHECK:       %[[B:.*]] = net.sin %[[A]] {{.*}} loc(callsite({{.*}} at "wave_2"
// CHECK:       return %[[B]]
// CHECK-NOT:   net.call
func.func private @wave(%x: tensor<f32>) -> tensor<f32> {
  %y = net.sin %x : tensor<f32>
  func.return %y : tensor<f32>
}
func.func @twice(%x: tensor<f32>) -> tensor<f32> {
  %a = net.call @wave(%x) {path = "wave_1"} : (tensor<f32>) -> tensor<f32>
  %b = net.call @wave(%a) {path = "wave_2"} : (tensor<f32>) -> tensor<f32>
  func.return %b : tensor<f32>
}

// Calls in a layer, and calls in what is differentiated.
// CHECK-LABEL: func.func @inGradient(
// CHECK:       net.grad
// CHECK:         net.sin
// CHECK:         net.sin
// CHECK:         net.yield
func.func private @waves(%x: tensor<f32>) -> tensor<f32> {
  %a = net.call @wave(%x) {path = "wave_1"} : (tensor<f32>) -> tensor<f32>
  %b = net.call @wave(%a) {path = "wave_2"} : (tensor<f32>) -> tensor<f32>
  func.return %b : tensor<f32>
}
func.func @inGradient(%x: tensor<f32>) -> tensor<f32> {
  %d, %loss = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    %y = net.call @waves(%v) {path = "waves_1"} : (tensor<f32>) -> tensor<f32>
    net.yield %y : tensor<f32>
  }
  func.return %d : tensor<f32>
}
