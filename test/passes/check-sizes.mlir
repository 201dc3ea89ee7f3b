// RUN: net-opt %s --net-check-sizes | FileCheck %s

#B = #net.sizes<[B]>
#BT = #net.sizes<[B, T]>

// A size once; what no name can make negative is not asked.
// CHECK-LABEL: func.func @slices
// CHECK-SAME:  net.size_checks = [
// CHECK-SAME:  size = "B - 3", text = "the part 0:3 is outside of an axis of size B"},
// CHECK-SAME:  size = "B - 5", text = "position 4 is outside of an axis of size B"}]}
func.func @slices(%x: tensor<?xf32, #B>) -> (tensor<3xf32>, tensor<?xf32, #net.sizes<[B - 3]>>, tensor<1xf32>, tensor<?xf32, #B>) {
  %a = net.slice %x from <[0]> by [1] : tensor<?xf32, #B> -> tensor<3xf32>
  %b = net.slice %x from <[3]> by [1] : tensor<?xf32, #B> -> tensor<?xf32, #net.sizes<[B - 3]>>
  %c = net.slice %x from <[4]> by [1] : tensor<?xf32, #B> -> tensor<1xf32>
  %d = net.slice %x from <[0]> by [1] : tensor<?xf32, #B> -> tensor<?xf32, #B>
  return %a, %b, %c, %d : tensor<3xf32>, tensor<?xf32, #net.sizes<[B - 3]>>, tensor<1xf32>, tensor<?xf32, #B>
}

// In turns, by two names, and what does not cut at all.
// CHECK-LABEL: func.func @others
// CHECK-SAME:  size = "-B + T", text = "the part B:T is outside of an axis of size T"}]}
func.func @others(%x: tensor<?x?xf32, #BT>) -> tensor<?x?xf32, #net.sizes<[B, T - B]>> {
  %y = net.scan %x : (tensor<?x?xf32, #BT>) -> tensor<?x?xf32, #net.sizes<[B, T - B]>> {
  ^bb0(%v: tensor<?xf32, #net.sizes<[T]>>):
    %a = net.slice %v from <[B]> by [1] : tensor<?xf32, #net.sizes<[T]>> -> tensor<?xf32, #net.sizes<[T - B]>>
    net.yield %a : tensor<?xf32, #net.sizes<[T - B]>>
  }
  return %y : tensor<?x?xf32, #net.sizes<[B, T - B]>>
}

// CHECK-LABEL: func.func @none
// CHECK-NOT:   size_checks
func.func @none(%x: tensor<?xf32, #B>) -> tensor<?xf32, #B> {
  %y = net.sin %x : tensor<?xf32, #B>
  return %y : tensor<?xf32, #B>
}

// The position of the largest of nothing.
// CHECK-LABEL: func.func @positions
// CHECK-SAME:  size = "B - 1", text = "argmin: there is no position in an axis of size B"}]}
func.func @positions(%x: tensor<?x3xf32, #net.sizes<[B, 3]>>) -> (tensor<?xi32, #B>, tensor<3xi32>) {
  %a = net.argmax %x over 1 : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<?xi32, #B>
  %b = net.argmin %x over 0 : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<3xi32>
  return %a, %b : tensor<?xi32, #B>, tensor<3xi32>
}
