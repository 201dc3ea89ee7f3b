// RUN: net-opt --net-recompute-turns=scans=1 %s | FileCheck %s
// RUN: net-opt --net-recompute-turns=scans=0 %s | FileCheck %s --check-prefix=NONE

// The way back runs each turn again, from the carry that it began with; the first pass keeps that alone.
// CHECK-LABEL: func.func @back
// CHECK-SAME: net.recomputed = [{bytes = 64 : i64, {{.*}}its 8 turns run again on the way back
// CHECK-SAME: net.scans_again = 1
// CHECK: %[[F:.*]]:2 = net.scan %arg0 with %arg1
// CHECK: ^bb0(%[[X:.*]]: tensor<2xf32>, %[[H:.*]]: tensor<2xf32>)
// CHECK: net.yield %[[H]], %{{.*}} : tensor<2xf32>, tensor<2xf32>
// CHECK: net.scan %arg0, %[[F]]#0 with %{{.*}} reverse
// CHECK: ^bb0(%[[Y:.*]]: tensor<2xf32>, %[[G:.*]]: tensor<2xf32>, %[[D:.*]]: tensor<2xf32>)
// CHECK: %[[S:.*]] = net.add %[[Y]], %[[G]]
// CHECK: %[[E:.*]] = net.exp %[[S]]
// CHECK: net.mul %[[D]], %[[E]]
// NONE-LABEL: func.func @back
// NONE: net.scan %arg0 with %arg1
// NONE: %[[E:.*]] = net.exp
// NONE: net.yield %[[E]], %{{.*}}, %[[E]]
func.func @back(%x: tensor<8x2xf32>, %h0: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %r:3 = net.scan %x with %h0 : (tensor<8x2xf32>, tensor<2xf32>) -> (tensor<8x2xf32>, tensor<8x2xf32>, tensor<2xf32>) {
  ^bb0(%x_t: tensor<2xf32>, %h: tensor<2xf32>):
    %s = net.add %x_t, %h : tensor<2xf32>
    %e = net.exp %s : tensor<2xf32>
    net.yield %e, %s, %e : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  }
  %g = net.scan %x, %r#0, %r#1 with %r#2 reverse : (tensor<8x2xf32>, tensor<8x2xf32>, tensor<8x2xf32>, tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%y: tensor<2xf32>, %e: tensor<2xf32>, %s: tensor<2xf32>, %d: tensor<2xf32>):
    %m = net.mul %d, %e : tensor<2xf32>
    %n = net.sub %m, %s : tensor<2xf32>
    net.yield %n : tensor<2xf32>
  }
  return %g, %r#2 : tensor<2xf32>, tensor<2xf32>
}

// What others read is kept for them, and read on the way back as well.
// CHECK-LABEL: func.func @kept
// CHECK: net.exp
// CHECK: net.scan {{.*}} reverse
// CHECK-NOT: net.exp
// CHECK: return
func.func @kept(%x: tensor<8x2xf32>, %h0: tensor<2xf32>) -> (tensor<2xf32>, tensor<8x2xf32>) {
  %r:2 = net.scan %x with %h0 : (tensor<8x2xf32>, tensor<2xf32>) -> (tensor<8x2xf32>, tensor<2xf32>) {
  ^bb0(%x_t: tensor<2xf32>, %h: tensor<2xf32>):
    %s = net.add %x_t, %h : tensor<2xf32>
    %e = net.exp %s : tensor<2xf32>
    net.yield %e, %e : tensor<2xf32>, tensor<2xf32>
  }
  %g = net.scan %r#0 with %r#1 reverse : (tensor<8x2xf32>, tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%e: tensor<2xf32>, %d: tensor<2xf32>):
    %m = net.mul %d, %e : tensor<2xf32>
    net.yield %m : tensor<2xf32>
  }
  return %g, %r#0 : tensor<2xf32>, tensor<8x2xf32>
}
