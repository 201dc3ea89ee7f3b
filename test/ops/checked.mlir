// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s

// net.checked: whole numbers in 0 .. limit - 1, else the step ends with the message.

// CHECK-LABEL: @named(
// CHECK: net.checked %{{.*}} below "V + 1" else "label out of range" : tensor<?xi32, #net.sizes<[B]>>
func.func @named(%x: tensor<?xi32, #net.sizes<[B]>>) -> tensor<?xi32, #net.sizes<[B]>> {
  %y = net.checked %x below "V + 1" else "label out of range" : tensor<?xi32, #net.sizes<[B]>>
  return %y : tensor<?xi32, #net.sizes<[B]>>
}

// -----

func.func @wrong(%x: tensor<3xi32>) {
  // expected-error @+1 {{'net.checked' op has no size 'V +'}}
  %y = net.checked %x below "V +" else "label" : tensor<3xi32>
  return
}

// -----

func.func @wrong(%x: tensor<3xf32>) {
  // expected-error @+1 {{'net.checked' op operand #0 must be tensor of whole numbers with named sizes, but got 'tensor<3xf32>'}}
  %y = net.checked %x below "3" else "label" : tensor<3xf32>
  return
}
