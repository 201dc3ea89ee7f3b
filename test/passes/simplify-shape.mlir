// RUN: net-opt %s --net-simplify | FileCheck %s

// CHECK-LABEL: func.func @nothing(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-NEXT:  return %[[X]], %[[X]], %[[X]], %[[X]], %[[X]]
func.func @nothing(%x: tensor<2x3xf32>)
    -> (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) {
  %a = net.reshape %x : tensor<2x3xf32> -> tensor<2x3xf32>
  %b = net.transpose %x by [0, 1] : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %c = net.broadcast %x to [0, 1] : tensor<2x3xf32> -> tensor<2x3xf32>
  %d = net.concat %x over 1 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %once = net.reverse %x over [0, 1] : tensor<2x3xf32>
  %e = net.reverse %once over [0, 1] : tensor<2x3xf32>
  func.return %a, %b, %c, %d, %e : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
}

// Along another axis once more is not back.
// CHECK-LABEL: func.func @reversedTwice(
// CHECK-COUNT-2: net.reverse
func.func @reversedTwice(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %a = net.reverse %x over [0] : tensor<2x3xf32>
  %b = net.reverse %a over [1] : tensor<2x3xf32>
  func.return %b : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @chains(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-DAG:   %[[FLAT:.*]] = net.reshape %[[X]] : tensor<2x3x4xf32> -> tensor<24xf32>
// CHECK-DAG:   %[[TURNED:.*]] = net.transpose %[[X]] by [2, 0, 1]
// CHECK:       return %[[FLAT]], %[[TURNED]]
func.func @chains(%x: tensor<2x3x4xf32>) -> (tensor<24xf32>, tensor<4x2x3xf32>) {
  %a = net.reshape %x : tensor<2x3x4xf32> -> tensor<6x4xf32>
  %b = net.reshape %a : tensor<6x4xf32> -> tensor<24xf32>
  %c = net.transpose %x by [1, 2, 0] : (tensor<2x3x4xf32>) -> tensor<3x4x2xf32>
  %d = net.transpose %c by [1, 2, 0] : (tensor<3x4x2xf32>) -> tensor<4x2x3xf32>
  func.return %b, %d : tensor<24xf32>, tensor<4x2x3xf32>
}

// Where only axes of size 1 move, no element does.
// CHECK-LABEL: func.func @units(
// CHECK:       net.reshape %{{.*}} : tensor<5x1x7xf32> -> tensor<1x5x7xf32>
// CHECK-NOT:   net.transpose
// CHECK:       return
func.func @units(%x: tensor<5x1x7xf32>) -> tensor<1x5x7xf32> {
  %a = net.transpose %x by [1, 0, 2] : (tensor<5x1x7xf32>) -> tensor<1x5x7xf32>
  func.return %a : tensor<1x5x7xf32>
}

// A copy of copies; a copy in another order.
// CHECK-LABEL: func.func @copies(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-DAG:   %[[A:.*]] = net.broadcast %[[X]] to [2] : tensor<3xf32> -> tensor<5x2x3xf32>
// CHECK-DAG:   %[[B:.*]] = net.broadcast %[[X]] to [0] : tensor<3xf32> -> tensor<3x2xf32>
// CHECK:       return %[[A]], %[[B]]
func.func @copies(%x: tensor<3xf32>) -> (tensor<5x2x3xf32>, tensor<3x2xf32>) {
  %rows = net.broadcast %x to [1] : tensor<3xf32> -> tensor<2x3xf32>
  %a = net.broadcast %rows to [1, 2] : tensor<2x3xf32> -> tensor<5x2x3xf32>
  %b = net.transpose %rows by [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
  func.return %a, %b : tensor<5x2x3xf32>, tensor<3x2xf32>
}

// A part of copies of one number is copies of it; a part of other things stays.
// CHECK-LABEL: func.func @slices(
// CHECK-SAME:    %[[S:[a-z0-9]+]]: tensor<f32>, %[[X:[a-z0-9]+]]: tensor<6xf32>
// CHECK-DAG:   %[[A:.*]] = net.broadcast %[[S]] to [] : tensor<f32> -> tensor<2xf32>
// CHECK-DAG:   %[[B:.*]] = net.slice %[[X]]
// CHECK:       return %[[A]], %[[B]]
func.func @slices(%s: tensor<f32>, %x: tensor<6xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %all = net.broadcast %s to [] : tensor<f32> -> tensor<6xf32>
  %a = net.slice %all from #net.sizes<[1]> by [2] : tensor<6xf32> -> tensor<2xf32>
  %b = net.slice %x from #net.sizes<[1]> by [2] : tensor<6xf32> -> tensor<2xf32>
  func.return %a, %b : tensor<2xf32>, tensor<2xf32>
}
