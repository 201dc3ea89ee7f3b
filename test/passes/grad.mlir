// RUN: net-opt %s --net-grad --split-input-file | FileCheck %s

// Contributions add up from the last use to the first: x times (x + 1).
// CHECK-LABEL: func.func @shared(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK:       %[[SUM:.*]] = net.add %[[X]], %{{.*}}
// CHECK:       %[[ONE:.*]] = net.constant dense<1.0
// CHECK:       %[[LEFT:.*]] = net.mul %[[ONE]], %[[SUM]]
// CHECK:       %[[RIGHT:.*]] = net.mul %[[ONE]], %[[X]]
// CHECK:       %[[BOTH:.*]] = net.add %[[LEFT]], %[[RIGHT]]
// CHECK:       return %[[BOTH]]
func.func @shared(%x: tensor<f32>) -> tensor<f32> {
  %d, %loss = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    %one = net.constant dense<1.0> : tensor<f32>
    %next = net.add %v, %one : tensor<f32>
    %y = net.mul %v, %next : tensor<f32>
    net.yield %y : tensor<f32>
  }
  func.return %d : tensor<f32>
}

// -----

// What no wanted value reaches has no cotangent: the derivative of exp is not made.
// CHECK-LABEL: func.func @inactive(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<f32>, %[[DATA:[a-z0-9]+]]: tensor<f32>
// CHECK:       %[[E:.*]] = net.exp %[[DATA]]
// CHECK:       net.mul %[[X]], %[[E]]
// CHECK:       %[[ONE:.*]] = net.constant
// CHECK-NEXT:  %[[D:.*]] = net.mul %[[ONE]], %[[E]]
// CHECK-NEXT:  return %[[D]]
func.func @inactive(%x: tensor<f32>, %data: tensor<f32>) -> tensor<f32> {
  %d, %loss = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    %e = net.exp %data : tensor<f32>
    %y = net.mul %v, %e : tensor<f32>
    net.yield %y : tensor<f32>
  }
  func.return %d : tensor<f32>
}

// -----

// A copy's cotangent is the sum over its copies; the batch has a name, not a number.
// CHECK-LABEL: func.func @bias(
// CHECK:       %[[D:.*]] = net.sum %{{.*}} over [0] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<3xf32>
// CHECK:       return %[[D]]
func.func @bias(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>, %b: tensor<3xf32>) -> tensor<3xf32> {
  %d, %loss = net.grad %b : (tensor<3xf32>) -> (tensor<3xf32>, tensor<f32>) {
  ^bb0(%v: tensor<3xf32>):
    %all = net.broadcast %v to [1] : tensor<3xf32> -> tensor<?x3xf32, #net.sizes<[B, 3]>>
    %y = net.add %x, %all : tensor<?x3xf32, #net.sizes<[B, 3]>>
    %s = net.sin %y : tensor<?x3xf32, #net.sizes<[B, 3]>>
    %l = net.sum %s over [0, 1] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  func.return %d : tensor<3xf32>
}

// -----

// Nothing flows through stop_gradient: 0, in the wanted value's shape.
// CHECK-LABEL: func.func @stopped(
// CHECK:       %[[ZERO:.*]] = net.constant dense<0.0
// CHECK:       %[[D:.*]] = net.broadcast %[[ZERO]] to [] : tensor<f32> -> tensor<2xf32>
// CHECK:       return %[[D]]
func.func @stopped(%x: tensor<2xf32>) -> tensor<2xf32> {
  %d, %loss = net.grad %x : (tensor<2xf32>) -> (tensor<2xf32>, tensor<f32>) {
  ^bb0(%v: tensor<2xf32>):
    %s = net.stop_gradient %v : tensor<2xf32>
    %l = net.sum %s over [0] : (tensor<2xf32>) -> tensor<f32>
    net.yield %l : tensor<f32>
  }
  func.return %d : tensor<2xf32>
}

// -----

// A gradient of a gradient: the inner one is taken first. sin'' is -sin.
// CHECK-LABEL: func.func @twice(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-NOT:   net.grad
// CHECK:       net.cos %[[X]]
// CHECK:       %[[MINUS:.*]] = net.neg
// CHECK:       %[[S:.*]] = net.sin %[[X]]
// CHECK:       %[[DD:.*]] = net.mul %[[MINUS]], %[[S]]
// CHECK:       return %[[DD]]
func.func @twice(%x: tensor<f32>) -> tensor<f32> {
  %dd, %first = net.grad %x : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%v: tensor<f32>):
    %d, %loss = net.grad %v : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
    ^bb0(%w: tensor<f32>):
      %y = net.sin %w : tensor<f32>
      net.yield %y : tensor<f32>
    }
    net.yield %d : tensor<f32>
  }
  func.return %dd : tensor<f32>
}
