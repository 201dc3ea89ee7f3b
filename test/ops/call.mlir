// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-inline | FileCheck %s --check-prefix=INLINE

// net.call: a layer applied.

func.func private @double(%x: tensor<?xf32, #net.sizes<[B]>>) -> tensor<?xf32, #net.sizes<[B]>> {
  %y = net.add %x, %x : tensor<?xf32, #net.sizes<[B]>>
  return %y : tensor<?xf32, #net.sizes<[B]>>
}
// CHECK-LABEL: @twice(
// CHECK: net.call @double(%{{.*}}) {path = "Net.double_1"} : (tensor<?xf32, #net.sizes<[B]>>) -> tensor<?xf32, #net.sizes<[B]>>
// INLINE-LABEL: @twice(
// INLINE-NOT:   net.call
// INLINE-COUNT-2: net.add
// INLINE-NOT:   @double
func.func @twice(%x: tensor<?xf32, #net.sizes<[B]>>) -> tensor<?xf32, #net.sizes<[B]>> {
  %y = net.call @double(%x) {path = "Net.double_1"} : (tensor<?xf32, #net.sizes<[B]>>) -> tensor<?xf32, #net.sizes<[B]>>
  %z = net.call @double(%y) {path = "Net.double_2"} : (tensor<?xf32, #net.sizes<[B]>>) -> tensor<?xf32, #net.sizes<[B]>>
  return %z : tensor<?xf32, #net.sizes<[B]>>
}

// -----

func.func @wrong(%x: tensor<f32>) {
  // expected-error @+1 {{'net.call' op calls 'nobody', which is no function}}
  %y = net.call @nobody(%x) : (tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func private @layer(%x: tensor<3xf32>) -> tensor<3xf32> {
  return %x : tensor<3xf32>
}
func.func @wrong(%x: tensor<4xf32>) {
  // expected-error @+1 {{'net.call' op calls 'layer' of type '(tensor<3xf32>) -> tensor<3xf32>' with other types}}
  %y = net.call @layer(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return
}
