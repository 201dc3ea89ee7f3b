// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s
// RUN: net-opt %s --split-input-file --verify-diagnostics --net-grad --cse | FileCheck %s --check-prefix=GRAD

// net.powi: y = x^n, its derivative n x^(n-1).

// CHECK-LABEL: @named(
// CHECK: net.powi %{{.*}}, 3 : tensor<?x3xf32, #net.sizes<[B, 3]>>
func.func @named(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %y = net.powi %x, 3 : tensor<?x3xf32, #net.sizes<[B, 3]>>
  return %y : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// -----

// GRAD-LABEL: @cube(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:
// GRAD:       %[[ONE:.*]] = net.constant dense<1.000000e+00>
// GRAD:       %[[Y:.*]] = net.powi %[[X]], 2
// GRAD:       %[[C:.*]] = net.constant dense<3.000000e+00>
// GRAD:       %[[MUL:.*]] = net.mul %[[C]], %[[Y]]
// GRAD:       %[[MUL2:.*]] = net.mul %[[ONE]], %[[MUL]]
// GRAD:       return %[[MUL2]]
func.func @cube(%x: tensor<f32>) -> tensor<f32> {
  %dx, %loss = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    %y = net.powi %v, 3 : tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %dx : tensor<f32>
}

// -----

// GRAD-LABEL: @itself(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:
// GRAD:       %[[ONE:.*]] = net.constant dense<1.000000e+00>
// GRAD:       return %[[ONE]]
func.func @itself(%x: tensor<f32>) -> tensor<f32> {
  %dx, %loss = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    %y = net.powi %v, 1 : tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %dx : tensor<f32>
}

// -----

// GRAD-LABEL: @constant(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:
// GRAD:       %[[ZERO:.*]] = net.constant dense<0.000000e+00>
// GRAD:       return %[[ZERO]]
func.func @constant(%x: tensor<f32>) -> tensor<f32> {
  %dx, %loss = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    %y = net.powi %v, 0 : tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %dx : tensor<f32>
}

// -----

// GRAD-LABEL: @reciprocal(
// GRAD-SAME:  %[[X:[a-z0-9]+]]:
// GRAD:       %[[ONE:.*]] = net.constant dense<1.000000e+00>
// GRAD:       %[[Y:.*]] = net.powi %[[X]], -2
// GRAD:       %[[C:.*]] = net.constant dense<-1.000000e+00>
// GRAD:       %[[MUL:.*]] = net.mul %[[C]], %[[Y]]
// GRAD:       %[[MUL2:.*]] = net.mul %[[ONE]], %[[MUL]]
// GRAD:       return %[[MUL2]]
func.func @reciprocal(%x: tensor<f32>) -> tensor<f32> {
  %dx, %loss = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    %y = net.powi %v, -1 : tensor<f32>
    net.yield %y : tensor<f32>
  }
  return %dx : tensor<f32>
}

// -----

func.func @wrong(%x: tensor<f32>) {
  // expected-error @+1 {{'net.powi' op requires attribute 'n'}}
  %y = "net.powi"(%x) : (tensor<f32>) -> tensor<f32>
  return
}
