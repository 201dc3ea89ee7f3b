// RUN: net-opt %s --split-input-file --net-simplify-scan --cse | FileCheck %s

// What nobody reads goes; what stands twice stands once; what never changes comes from above.
// CHECK-LABEL: func.func @redundant
// CHECK-SAME: (%[[X:.*]]: tensor<5x3xf32>, %[[A:.*]]: tensor<3xf32>, %[[B:.*]]: tensor<3xf32>)
// CHECK: %[[COS:.*]] = net.cos %[[B]]
// CHECK: %[[S:.*]]:2 = net.scan %[[X]] with %[[A]] : (tensor<5x3xf32>, tensor<3xf32>) -> (tensor<5x3xf32>, tensor<3xf32>) {
// CHECK-NEXT: ^bb0(%[[E:.*]]: tensor<3xf32>, %[[H:.*]]: tensor<3xf32>):
// CHECK-NEXT: %[[P:.*]] = net.mul %[[H]], %[[COS]]
// CHECK-NEXT: %[[N:.*]] = net.add %[[P]], %[[E]]
// CHECK-NEXT: net.yield %[[N]], %[[N]]
// CHECK: return %[[S]]#0, %[[S]]#0, %[[X]], %[[S]]#1, %[[S]]#1, %[[B]]
func.func @redundant(%x: tensor<5x3xf32>, %a: tensor<3xf32>, %b: tensor<3xf32>)
    -> (tensor<5x3xf32>, tensor<5x3xf32>, tensor<5x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) {
  %k:5, %l:4 = net.scan %x, %x with %a, %a, %b, %b : (tensor<5x3xf32>, tensor<5x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
    -> (tensor<5x3xf32>, tensor<5x3xf32>, tensor<5x3xf32>, tensor<5x3xf32>, tensor<5x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) {
  ^bb0(%e: tensor<3xf32>, %same: tensor<3xf32>, %h: tensor<3xf32>, %g: tensor<3xf32>, %c: tensor<3xf32>, %unread: tensor<3xf32>):
    %w = net.cos %c : tensor<3xf32>
    %p = net.mul %g, %w : tensor<3xf32>
    %n = net.add %p, %same : tensor<3xf32>
    %u = net.mul %unread, %e : tensor<3xf32>
    net.yield %n, %n, %e, %u, %p, %n, %n, %c, %u : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
  }
  return %k#0, %k#1, %k#2, %l#0, %l#1, %l#2 : tensor<5x3xf32>, tensor<5x3xf32>, tensor<5x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
}

// -----

// A check that no turn may ever come to stays in the turn, and what it guards.
// CHECK-LABEL: func.func @checked
// CHECK: net.scan
// CHECK: net.checked
// CHECK: net.take
func.func @checked(%x: tensor<5x3xf32>, %table: tensor<7x3xf32>, %i: tensor<i32>, %a: tensor<3xf32>) -> tensor<3xf32> {
  %h = net.scan %x with %a : (tensor<5x3xf32>, tensor<3xf32>) -> tensor<3xf32> {
  ^bb0(%e: tensor<3xf32>, %before: tensor<3xf32>):
    %k = net.checked %i below "7" else "no such row" : tensor<i32>
    %row = net.take %table at %k over 0 : (tensor<7x3xf32>, tensor<i32>) -> tensor<3xf32>
    %p = net.mul %before, %row : tensor<3xf32>
    %n = net.add %p, %e : tensor<3xf32>
    net.yield %n : tensor<3xf32>
  }
  return %h : tensor<3xf32>
}

// -----

// Elementwise work before a product goes along, the product is one over all turns.
// CHECK-LABEL: func.func @hoisted
// CHECK-SAME: (%[[X:.*]]: tensor<5x2x3xf32>, %[[W:.*]]: tensor<3x4xf32>
// CHECK: %[[R:.*]] = net.tanh %[[X]] : tensor<5x2x3xf32>
// CHECK: %[[P:.*]] = net.einsum "tbi,ij->tbj" %[[R]], %[[W]]
// CHECK: net.scan %[[P]] with
// CHECK-NOT: net.einsum
func.func @hoisted(%x: tensor<5x2x3xf32>, %w: tensor<3x4xf32>, %a: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %h = net.scan %x with %a reverse : (tensor<5x2x3xf32>, tensor<2x4xf32>) -> tensor<2x4xf32> {
  ^bb0(%e: tensor<2x3xf32>, %before: tensor<2x4xf32>):
    %r = net.tanh %e : tensor<2x3xf32>
    %p = net.einsum "bi,ij->bj" %r, %w : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
    %m = net.mul %p, %before : tensor<2x4xf32>
    net.yield %m : tensor<2x4xf32>
  }
  return %h : tensor<2x4xf32>
}

// -----

// What is only added up: a product of two values of the turn, and a sum, behind the scan.
// CHECK-LABEL: func.func @added
// CHECK-SAME: (%[[X:.*]]: tensor<5x2x3xf32>, %[[A:.*]]: tensor<2x3xf32>, %[[G:.*]]: tensor<3x3xf32>, %[[S:.*]]: tensor<3xf32>)
// CHECK: %[[K:.*]]:2 = net.scan %[[X]] with %[[A]] :
// CHECK-NOT: net.einsum
// CHECK-NOT: net.sum
// CHECK: net.yield
// CHECK: %[[E:.*]] = net.einsum "tbi,tbj->ij" %[[X]], %[[K]]#0
// CHECK: %[[EG:.*]] = net.add %[[G]], %[[E]]
// CHECK: %[[T:.*]] = net.sum %[[K]]#0 over [0, 1]
// CHECK: %[[TS:.*]] = net.add %[[S]], %[[T]]
// CHECK: return %[[K]]#1, %[[EG]], %[[TS]]
func.func @added(%x: tensor<5x2x3xf32>, %a: tensor<2x3xf32>, %g: tensor<3x3xf32>, %s: tensor<3xf32>)
    -> (tensor<2x3xf32>, tensor<3x3xf32>, tensor<3xf32>) {
  %h, %w, %b = net.scan %x with %a, %g, %s : (tensor<5x2x3xf32>, tensor<2x3xf32>, tensor<3x3xf32>, tensor<3xf32>) -> (tensor<2x3xf32>, tensor<3x3xf32>, tensor<3xf32>) {
  ^bb0(%e: tensor<2x3xf32>, %before: tensor<2x3xf32>, %dw: tensor<3x3xf32>, %db: tensor<3xf32>):
    %m = net.mul %e, %before : tensor<2x3xf32>
    %t = net.sin %m : tensor<2x3xf32>
    %p = net.einsum "bi,bj->ij" %e, %t : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<3x3xf32>
    %q = net.sum %t over [0] : (tensor<2x3xf32>) -> tensor<3xf32>
    %dw1 = net.add %dw, %p : tensor<3x3xf32>
    %db1 = net.add %db, %q : tensor<3xf32>
    net.yield %t, %dw1, %db1 : tensor<2x3xf32>, tensor<3x3xf32>, tensor<3xf32>
  }
  return %h, %w, %b : tensor<2x3xf32>, tensor<3x3xf32>, tensor<3xf32>
}

// -----

// A product that is only kept is one over all turns, behind the scan.
// CHECK-LABEL: func.func @sunk
// CHECK-SAME: (%[[X:.*]]: tensor<5x2x3xf32>, %[[A:.*]]: tensor<2x3xf32>, %[[W:.*]]: tensor<3x4xf32>)
// CHECK: %[[K:.*]]:2 = net.scan %[[X]] with %[[A]]
// CHECK-NOT: net.einsum
// CHECK: net.yield
// CHECK: %[[Y:.*]] = net.einsum "tbi,ij->tbj" %[[K]]#0, %[[W]]
// CHECK: %[[R:.*]] = net.tanh %[[Y]]
// CHECK: return %[[R]]
func.func @sunk(%x: tensor<5x2x3xf32>, %a: tensor<2x3xf32>, %w: tensor<3x4xf32>) -> tensor<5x2x4xf32> {
  %ys, %h = net.scan %x with %a : (tensor<5x2x3xf32>, tensor<2x3xf32>) -> (tensor<5x2x4xf32>, tensor<2x3xf32>) {
  ^bb0(%e: tensor<2x3xf32>, %before: tensor<2x3xf32>):
    %m = net.mul %e, %before : tensor<2x3xf32>
    %t = net.sin %m : tensor<2x3xf32>
    %p = net.einsum "bi,ij->bj" %t, %w : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
    %y = net.tanh %p : tensor<2x4xf32>
    net.yield %y, %t : tensor<2x4xf32>, tensor<2x3xf32>
  }
  return %ys : tensor<5x2x4xf32>
}

// -----

// `stop when`: once the flag is true nothing changes, so the scan ends.
// CHECK-LABEL: func.func @stopping
// CHECK: net.scan %{{.*}} with %{{.*}} {until = 1 : i64} :
// CHECK-NEXT: ^bb0(%{{.*}}: tensor<3xf32>, %[[H:.*]]: tensor<3xf32>, %{{.*}}: tensor<i1>)
// CHECK-NOT: net.where
// CHECK: net.yield
func.func @stopping(%x: tensor<5x3xf32>, %a: tensor<3xf32>) -> tensor<3xf32> {
  %no = net.constant dense<false> : tensor<i1>
  %most = net.constant dense<4.0> : tensor<f32>
  %h, %d = net.scan %x with %a, %no : (tensor<5x3xf32>, tensor<3xf32>, tensor<i1>) -> (tensor<3xf32>, tensor<i1>) {
  ^bb0(%e: tensor<3xf32>, %before: tensor<3xf32>, %done: tensor<i1>):
    %s = net.add %before, %e : tensor<3xf32>
    %c = net.broadcast %done to [] : tensor<i1> -> tensor<3xi1>
    %n = net.where %c, %before, %s : tensor<3xi1>, tensor<3xf32>
    %t = net.sum %n over [0] : (tensor<3xf32>) -> tensor<f32>
    %over = net.gt %t, %most : tensor<f32>
    %now = net.or %done, %over : tensor<i1>
    net.yield %n, %now : tensor<3xf32>, tensor<i1>
  }
  return %h : tensor<3xf32>
}
