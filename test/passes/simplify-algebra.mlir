// RUN: net-opt %s --net-simplify 2>&1 | FileCheck %s --implicit-check-not=warning

// CHECK-LABEL: func.func @neutral(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-NEXT:  return %[[X]], %[[X]], %[[X]], %[[X]]
func.func @neutral(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %0 = net.constant dense<0.0> : tensor<f32>
  %1 = net.constant dense<1.0> : tensor<f32>
  %zero = net.broadcast %0 to [] : tensor<f32> -> tensor<4xf32>
  %one = net.broadcast %1 to [] : tensor<f32> -> tensor<4xf32>
  %a = net.add %zero, %x : tensor<4xf32>
  %b = net.sub %x, %zero : tensor<4xf32>
  %c = net.mul %one, %x : tensor<4xf32>
  %d = net.div %x, %one : tensor<4xf32>
  func.return %a, %b, %c, %d : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// 0 * x is NaN where x is infinite: kept for reals, 0 for whole numbers.
// CHECK-LABEL: func.func @timesZero(
// CHECK:       %[[REAL:.*]] = net.mul %{{.*}} : tensor<f32>
// CHECK-NOT:   net.mul
// CHECK:       return %[[REAL]]
func.func @timesZero(%x: tensor<f32>, %n: tensor<i32>) -> (tensor<f32>, tensor<i32>) {
  %0 = net.constant dense<0.0> : tensor<f32>
  %1 = net.constant dense<0> : tensor<i32>
  %y = net.mul %x, %0 : tensor<f32>
  %m = net.mul %n, %1 : tensor<i32>
  func.return %y, %m : tensor<f32>, tensor<i32>
}

// x - x is NaN where x is infinite, and x / x where it is 0.
// CHECK-LABEL: func.func @itself(
// CHECK:       net.sub
// CHECK:       net.div
func.func @itself(%x: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %a = net.sub %x, %x : tensor<f32>
  %b = net.div %x, %x : tensor<f32>
  func.return %a, %b : tensor<f32>, tensor<f32>
}

// CHECK-LABEL: func.func @negations(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<f32>, %[[Y:[a-z0-9]+]]: tensor<f32>
// CHECK-DAG:   %[[SUB:.*]] = net.sub %[[X]], %[[Y]]
// CHECK-DAG:   %[[ADD:.*]] = net.add %[[X]], %[[Y]]
// CHECK-DAG:   %[[MUL:.*]] = net.mul %[[X]], %[[Y]]
// CHECK:       return %[[SUB]], %[[ADD]], %[[MUL]], %[[X]]
func.func @negations(%x: tensor<f32>, %y: tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) {
  %minusX = net.neg %x : tensor<f32>
  %minusY = net.neg %y : tensor<f32>
  %a = net.add %x, %minusY : tensor<f32>
  %b = net.sub %x, %minusY : tensor<f32>
  %c = net.mul %minusX, %minusY : tensor<f32>
  %d = net.neg %minusX : tensor<f32>
  func.return %a, %b, %c, %d : tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>
}

// The reciprocal of 8 is exact, that of 3 is not.
// CHECK-LABEL: func.func @divisors(
// CHECK-DAG:   %[[EIGHTH:.*]] = net.constant dense<1.250000e-01>
// CHECK-DAG:   %[[THREE:.*]] = net.constant dense<3.0
// CHECK:       net.mul %{{.*}}, %[[EIGHTH]]
// CHECK:       net.div %{{.*}}, %[[THREE]]
func.func @divisors(%x: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %8 = net.constant dense<8.0> : tensor<f32>
  %3 = net.constant dense<3.0> : tensor<f32>
  %a = net.div %x, %8 : tensor<f32>
  %b = net.div %x, %3 : tensor<f32>
  func.return %a, %b : tensor<f32>, tensor<f32>
}

// x^2 is a product; the sum of roundings in x * x * x is left to the operation.
// CHECK-LABEL: func.func @powers(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-DAG:   %[[SQUARE:.*]] = net.mul %[[X]], %[[X]]
// CHECK-DAG:   %[[CUBE:.*]] = net.powi %[[X]]{{.*}}3
// CHECK:       return %[[X]], %[[SQUARE]], %[[CUBE]]
func.func @powers(%x: tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
  %a = net.powi %x, 1 : tensor<f32>
  %b = net.powi %x, 2 : tensor<f32>
  %c = net.powi %x, 3 : tensor<f32>
  func.return %a, %b, %c : tensor<f32>, tensor<f32>, tensor<f32>
}

// A choice that was made before, and a negated one.
// CHECK-LABEL: func.func @choices(
// CHECK-SAME:    %[[C:[a-z0-9]+]]: tensor<i1>, %[[A:[a-z0-9]+]]: tensor<f32>, %[[B:[a-z0-9]+]]: tensor<f32>
// CHECK-DAG:   %[[ONCE:.*]] = net.where %[[C]], %[[A]], %[[B]]
// CHECK-DAG:   %[[OTHER:.*]] = net.where %[[C]], %[[B]], %[[A]]
// CHECK:       return %[[ONCE]], %[[OTHER]], %[[A]]
func.func @choices(%c: tensor<i1>, %a: tensor<f32>, %b: tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
  %inner = net.where %c, %a, %b : tensor<i1>, tensor<f32>
  %x = net.where %c, %inner, %b : tensor<i1>, tensor<f32>
  %not = net.not %c : tensor<i1>
  %y = net.where %not, %a, %b : tensor<i1>, tensor<f32>
  %z = net.where %c, %a, %a : tensor<i1>, tensor<f32>
  func.return %x, %y, %z : tensor<f32>, tensor<f32>, tensor<f32>
}

// f32 holds every u8, f16 does not hold every f32.
// CHECK-LABEL: func.func @casts(
// CHECK-SAME:    %[[BYTE:[a-z0-9]+]]: tensor<ui8>, %[[X:[a-z0-9]+]]: tensor<f32>
// CHECK-DAG:   %[[WIDE:.*]] = net.cast %[[BYTE]] : tensor<ui8> -> tensor<f64>
// CHECK-DAG:   %[[HALF:.*]] = net.cast %[[X]] : tensor<f32> -> tensor<f16>
// CHECK-DAG:   %[[BACK:.*]] = net.cast %[[HALF]] : tensor<f16> -> tensor<f32>
// CHECK:       return %[[WIDE]], %[[BACK]]
func.func @casts(%byte: tensor<ui8>, %x: tensor<f32>) -> (tensor<f64>, tensor<f32>) {
  %a = net.cast %byte : tensor<ui8> -> tensor<f32>
  %b = net.cast %a : tensor<f32> -> tensor<f64>
  %c = net.cast %x : tensor<f32> -> tensor<f16>
  %d = net.cast %c : tensor<f16> -> tensor<f32>
  func.return %b, %d : tensor<f64>, tensor<f32>
}

// Constants: what IEEE 754 defines, not functions whose last bit is the target's.
// CHECK-LABEL: func.func @constants(
// CHECK-DAG:   %[[Q:.*]] = net.constant dense<3.750000e-01> : tensor<f32>
// CHECK-DAG:   %[[E:.*]] = net.exp
// CHECK:       return %[[Q]], %[[E]]
func.func @constants() -> (tensor<f32>, tensor<f32>) {
  %3 = net.constant dense<3.0> : tensor<f32>
  %8 = net.constant dense<8.0> : tensor<f32>
  %a = net.div %3, %8 : tensor<f32>
  %b = net.exp %3 : tensor<f32>
  func.return %a, %b : tensor<f32>, tensor<f32>
}

// Three numbers are added and three squared, however many rows get copies of them.
// CHECK-LABEL: func.func @copies(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<3xf32>, %[[Y:[a-z0-9]+]]: tensor<3xf32>
// CHECK:       %[[SUM:.*]] = net.add %[[X]], %[[Y]] : tensor<3xf32>
// CHECK:       %[[ALL:.*]] = net.broadcast %[[SUM]] to [1] : tensor<3xf32> -> tensor<?x3xf32
// CHECK:       return %[[ALL]]
func.func @copies(%x: tensor<3xf32>, %y: tensor<3xf32>) -> tensor<?x3xf32, #net.sizes<[B, 3]>> {
  %a = net.broadcast %x to [1] : tensor<3xf32> -> tensor<?x3xf32, #net.sizes<[B, 3]>>
  %b = net.broadcast %y to [1] : tensor<3xf32> -> tensor<?x3xf32, #net.sizes<[B, 3]>>
  %c = net.add %a, %b : tensor<?x3xf32, #net.sizes<[B, 3]>>
  func.return %c : tensor<?x3xf32, #net.sizes<[B, 3]>>
}

// Copies along different axes are all different.
// CHECK-LABEL: func.func @outer(
// CHECK:       net.add %{{.*}} : tensor<3x3xf32>
func.func @outer(%x: tensor<3xf32>, %y: tensor<3xf32>) -> tensor<3x3xf32> {
  %a = net.broadcast %x to [0] : tensor<3xf32> -> tensor<3x3xf32>
  %b = net.broadcast %y to [1] : tensor<3xf32> -> tensor<3x3xf32>
  %c = net.add %a, %b : tensor<3x3xf32>
  func.return %c : tensor<3x3xf32>
}

// One of them a number: nothing is made of it, or patterns would find no end.
// CHECK-LABEL: func.func @masked(
// CHECK:       net.where %{{.*}} : tensor<3x2x3xi1>, tensor<3x2x3xf32>
func.func @masked(%c: tensor<3x3xi1>, %s: tensor<f32>, %x: tensor<3x2xf32>) -> tensor<3x2x3xf32> {
  %mask = net.broadcast %c to [0, 2] : tensor<3x3xi1> -> tensor<3x2x3xi1>
  %a = net.broadcast %s to [] : tensor<f32> -> tensor<3x2x3xf32>
  %b = net.broadcast %x to [0, 1] : tensor<3x2xf32> -> tensor<3x2x3xf32>
  %y = net.where %mask, %a, %b : tensor<3x2x3xi1>, tensor<3x2x3xf32>
  func.return %y : tensor<3x2x3xf32>
}
