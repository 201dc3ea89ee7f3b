// RUN: net-opt %s --net-simplify | FileCheck %s

// A product reads its operands, and writes its result, in any order.
// CHECK-LABEL: func.func @transposes(
// CHECK-SAME:    %[[A:[a-z0-9]+]]: tensor<4x3xf32>, %[[B:[a-z0-9]+]]: tensor<4x5xf32>
// CHECK-NEXT:  %[[Y:.*]] = net.einsum "ba,bc->ca" %[[A]], %[[B]]
// CHECK-NEXT:  return %[[Y]]
func.func @transposes(%a: tensor<4x3xf32>, %b: tensor<4x5xf32>) -> tensor<5x3xf32> {
  %t = net.transpose %a by [1, 0] : (tensor<4x3xf32>) -> tensor<3x4xf32>
  %p = net.einsum "ab,bc->ac" %t, %b : (tensor<3x4xf32>, tensor<4x5xf32>) -> tensor<3x5xf32>
  %y = net.transpose %p by [1, 0] : (tensor<3x5xf32>) -> tensor<5x3xf32>
  func.return %y : tensor<5x3xf32>
}

// Read in both orders, it is made once.
// CHECK-LABEL: func.func @readTwice(
// CHECK:       %[[P:.*]] = net.einsum
// CHECK-NOT:   net.einsum
// CHECK:       %[[Y:.*]] = net.transpose %[[P]]
// CHECK:       return %[[P]], %[[Y]]
func.func @readTwice(%a: tensor<3x4xf32>, %b: tensor<4x5xf32>) -> (tensor<3x5xf32>, tensor<5x3xf32>) {
  %p = net.einsum "ab,bc->ac" %a, %b : (tensor<3x4xf32>, tensor<4x5xf32>) -> tensor<3x5xf32>
  %y = net.transpose %p by [1, 0] : (tensor<3x5xf32>) -> tensor<5x3xf32>
  func.return %p, %y : tensor<3x5xf32>, tensor<5x3xf32>
}

// A sum of 5 copies is 5 times one; of B copies, as often as the batch has rows.
// CHECK-LABEL: func.func @copies(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<3xf32>
// CHECK:       %[[FIVE:.*]] = net.constant dense<5.0
// CHECK:       %[[TIMES:.*]] = net.broadcast %[[FIVE]]
// CHECK:       net.mul %[[X]], %[[TIMES]]
// CHECK:       net.size "B"
// CHECK-NOT:   net.sum
// CHECK:       return
func.func @copies(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %a = net.broadcast %x to [1] : tensor<3xf32> -> tensor<5x3xf32>
  %b = net.broadcast %x to [1] : tensor<3xf32> -> tensor<?x3xf32, #net.sizes<[B, 3]>>
  %c = net.sum %a over [0] : (tensor<5x3xf32>) -> tensor<3xf32>
  %d = net.sum %b over [0] : (tensor<?x3xf32, #net.sizes<[B, 3]>>) -> tensor<3xf32>
  func.return %c, %d : tensor<3xf32>, tensor<3xf32>
}

// No copies: 0 times infinity would not be the empty sum. 100,000 is infinite in f16.
// CHECK-LABEL: func.func @nothing(
// CHECK-COUNT-2: net.sum
// CHECK-NOT:   net.mul
// CHECK:       return
func.func @nothing(%x: tensor<3xf32>, %h: tensor<3xf16>) -> (tensor<3xf32>, tensor<3xf16>) {
  %a = net.broadcast %x to [1] : tensor<3xf32> -> tensor<0x3xf32>
  %b = net.sum %a over [0] : (tensor<0x3xf32>) -> tensor<3xf32>
  %c = net.broadcast %h to [1] : tensor<3xf16> -> tensor<100000x3xf16>
  %d = net.sum %c over [0] : (tensor<100000x3xf16>) -> tensor<3xf16>
  func.return %b, %d : tensor<3xf32>, tensor<3xf16>
}

// A sum over an axis that is no copy stays one.
// CHECK-LABEL: func.func @otherAxis(
// CHECK:       net.sum
func.func @otherAxis(%x: tensor<3xf32>) -> tensor<5xf32> {
  %a = net.broadcast %x to [1] : tensor<3xf32> -> tensor<5x3xf32>
  %b = net.sum %a over [1] : (tensor<5x3xf32>) -> tensor<5xf32>
  func.return %b : tensor<5xf32>
}

// A product written as a sum of elementwise products.
// CHECK-LABEL: func.func @spelled(
// CHECK-SAME:    %[[A:[a-z0-9]+]]: tensor<3x4xf32>, %[[B:[a-z0-9]+]]: tensor<4x5xf32>
// CHECK-NEXT:  %[[Y:.*]] = net.einsum "ab,bc->ac" %[[A]], %[[B]]
// CHECK-NEXT:  return %[[Y]]
func.func @spelled(%a: tensor<3x4xf32>, %b: tensor<4x5xf32>) -> tensor<3x5xf32> {
  %x = net.broadcast %a to [0, 1] : tensor<3x4xf32> -> tensor<3x4x5xf32>
  %y = net.broadcast %b to [1, 2] : tensor<4x5xf32> -> tensor<3x4x5xf32>
  %p = net.mul %x, %y : tensor<3x4x5xf32>
  %s = net.sum %p over [1] : (tensor<3x4x5xf32>) -> tensor<3x5xf32>
  func.return %s : tensor<3x5xf32>
}

// Somebody reads the products themselves: they are there anyway.
// CHECK-LABEL: func.func @productsRead(
// CHECK-NOT:   net.einsum
// CHECK:       net.sum
func.func @productsRead(%a: tensor<3x4xf32>, %b: tensor<4x5xf32>) -> (tensor<3x5xf32>, tensor<3x4x5xf32>) {
  %x = net.broadcast %a to [0, 1] : tensor<3x4xf32> -> tensor<3x4x5xf32>
  %y = net.broadcast %b to [1, 2] : tensor<4x5xf32> -> tensor<3x4x5xf32>
  %p = net.mul %x, %y : tensor<3x4x5xf32>
  %s = net.sum %p over [1] : (tensor<3x4x5xf32>) -> tensor<3x5xf32>
  func.return %s, %p : tensor<3x5xf32>, tensor<3x4x5xf32>
}
