// RUN: net-opt --net-check-nan --cse %s | FileCheck %s

// A row for the argument, one for the result, in kernels that stand before and behind what is fused; only entries have them.
// CHECK-LABEL: func.func @elements
// CHECK-SAME: -> (tensor<?xf32{{.*}}>, tensor<5xf64> {net.check = ""}, tensor<5xf64> {net.check = ""})
// CHECK-SAME: \22ends\22:[1]
// CHECK-SAME: \22kind\22:\22argument\22,\22row\22:0,\22scans\22:[],\22text\22:\22x\22
// CHECK-SAME: \22inputs\22:[0],\22kind\22:\22operation\22,\22line\22:[[#@LINE+13]],{{.*}}\22row\22:1,{{.*}}\22text\22:\22`log`\22
// CHECK-NEXT: %[[COUNTS:.*]]:4 = net.kernel
// CHECK: net.yield %{{.*}} : tensor<i64>, tensor<i64>, tensor<f32>, tensor<f32>
// CHECK: %[[OF_X:.*]] = net.kernel : tensor<5xf64>
// CHECK: net.size "N"
// CHECK: net.cast %[[COUNTS]]#3
// CHECK: %[[Y:.*]] = net.log %[[X:.*]] : tensor<?xf32
// CHECK-NEXT: net.kernel
// CHECK-NEXT: net.abs %[[Y]]
// CHECK: %[[OF_Y:.*]] = net.kernel : tensor<5xf64>
// CHECK: return %[[Y]], %[[OF_X]], %[[OF_Y]]
func.func @elements(%x: tensor<?xf32, #net.sizes<[N]>> {net.arg = "x"}) -> tensor<?xf32, #net.sizes<[N]>>
    attributes {net.entry = "task"} {
  %y = net.log %x : tensor<?xf32, #net.sizes<[N]>>
  return %y : tensor<?xf32, #net.sizes<[N]>>
}

// CHECK-LABEL: func.func private @layer
// CHECK-NEXT: net.log
// CHECK-NEXT: return
func.func private @layer(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = net.log %x : tensor<4xf32>
  return %y : tensor<4xf32>
}

// What a turn says is kept; behind the scan the first turn in time is chosen that is not finite: with `reverse` the last.
// CHECK-LABEL: func.func @turns
// CHECK-SAME: tensor<16xf64> {net.check = ""}, tensor<5xf64> {net.check = ""})
// CHECK: %[[S:.*]]:2 = net.scan %{{.*}} with %{{.*}} reverse : {{.*}} -> (tensor<4x15xf64>, tensor<f32>)
// CHECK: net.yield %{{.*}}, %{{.*}} : tensor<15xf64>, tensor<f32>
// CHECK: %[[TIME:.*]] = net.reverse %[[S]]#0 over [0]
// CHECK: net.slice %[[TIME]] from <[0, 2]>
// CHECK: %[[TURN:.*]] = net.argmax
// CHECK: %[[NUMBER:.*]] = net.cast %[[TURN]]
// CHECK: net.take %[[TIME]] at %[[TURN]] over 0
func.func @turns(%x: tensor<4xf32> {net.arg = "x"}, %from: tensor<f32> {net.arg = "from"}) -> tensor<f32> attributes {net.entry = "task"} {
  %y = net.scan %x with %from reverse : (tensor<4xf32>, tensor<f32>) -> tensor<f32> {
  ^bb0(%e: tensor<f32>, %h: tensor<f32>):
    %s = net.div %h, %e : tensor<f32>
    net.yield %s : tensor<f32>
  }
  return %y : tensor<f32>
}
