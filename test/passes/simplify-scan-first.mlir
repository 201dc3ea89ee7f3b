// RUN: net-opt %s --net-simplify-scan | FileCheck %s

#B4 = #net.sizes<[B, 4]>
#TB4 = #net.sizes<[T, B, 4]>

// Backwards, the last element is that of the first turn: it is added before the scan.
// CHECK-LABEL: func.func @last
// CHECK-SAME:    %[[V:[^:]*]]: tensor<?x1x4xf32
// CHECK:         %[[FIRST:.*]] = net.reshape
// CHECK:         %[[BEGIN:.*]] = net.add %{{.*}}, %[[FIRST]]
// CHECK:         net.scan %{{[^,]*}} with %[[BEGIN]] reverse
// CHECK-NOT:     net.add
func.func @last(%v: tensor<?x1x4xf32, #net.sizes<[B, 1, 4]>>, %g: tensor<?x?x4xf32, #TB4>, %h: tensor<?x4xf32, #B4>) -> tensor<?x4xf32, #B4>
    attributes {net.size_checks = [{size = "T - 1", text = "position T - 1 is outside of an axis of size T"}]} {
  %zero = net.constant dense<0.0> : tensor<f32>
  %p = net.pad %v with %zero from <[0, T - 1, 0]> by [0, 0, 0] : (tensor<?x1x4xf32, #net.sizes<[B, 1, 4]>>, tensor<f32>) -> tensor<?x?x4xf32, #net.sizes<[B, T, 4]>>
  %s = net.transpose %p by [1, 0, 2] : (tensor<?x?x4xf32, #net.sizes<[B, T, 4]>>) -> tensor<?x?x4xf32, #TB4>
  %r = net.scan %s, %g with %h reverse : (tensor<?x?x4xf32, #TB4>, tensor<?x?x4xf32, #TB4>, tensor<?x4xf32, #B4>) -> tensor<?x4xf32, #B4> {
  ^bb0(%d: tensor<?x4xf32, #B4>, %e: tensor<?x4xf32, #B4>, %c: tensor<?x4xf32, #B4>):
    %a = net.add %d, %c : tensor<?x4xf32, #B4>
    %n = net.mul %a, %e : tensor<?x4xf32, #B4>
    net.yield %n : tensor<?x4xf32, #B4>
  }
  return %r : tensor<?x4xf32, #B4>
}

// Without turns nothing is added: here nobody asks for one.
// CHECK-LABEL: func.func @perhaps
// CHECK:         net.pad
// CHECK:         net.scan
// CHECK:         net.add
func.func @perhaps(%v: tensor<1x4xf32>, %g: tensor<?x4xf32, #net.sizes<[T, 4]>>, %h: tensor<4xf32>) -> tensor<4xf32> {
  %zero = net.constant dense<0.0> : tensor<f32>
  %p = net.pad %v with %zero from <[T - 1, 0]> by [0, 0] : (tensor<1x4xf32>, tensor<f32>) -> tensor<?x4xf32, #net.sizes<[T, 4]>>
  %r = net.scan %p, %g with %h reverse : (tensor<?x4xf32, #net.sizes<[T, 4]>>, tensor<?x4xf32, #net.sizes<[T, 4]>>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%d: tensor<4xf32>, %e: tensor<4xf32>, %c: tensor<4xf32>):
    %a = net.add %d, %c : tensor<4xf32>
    %n = net.mul %a, %e : tensor<4xf32>
    net.yield %n : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// Forwards it is that of the last turn.
// CHECK-LABEL: func.func @forwards
// CHECK:         net.pad
// CHECK:         net.scan
// CHECK:         net.add
func.func @forwards(%v: tensor<1x4xf32>, %g: tensor<?x4xf32, #net.sizes<[T, 4]>>, %h: tensor<4xf32>) -> tensor<4xf32>
    attributes {net.size_checks = [{size = "T - 1", text = "position T - 1 is outside of an axis of size T"}]} {
  %zero = net.constant dense<0.0> : tensor<f32>
  %p = net.pad %v with %zero from <[T - 1, 0]> by [0, 0] : (tensor<1x4xf32>, tensor<f32>) -> tensor<?x4xf32, #net.sizes<[T, 4]>>
  %r = net.scan %p, %g with %h : (tensor<?x4xf32, #net.sizes<[T, 4]>>, tensor<?x4xf32, #net.sizes<[T, 4]>>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%d: tensor<4xf32>, %e: tensor<4xf32>, %c: tensor<4xf32>):
    %a = net.add %d, %c : tensor<4xf32>
    %n = net.mul %a, %e : tensor<4xf32>
    net.yield %n : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}
