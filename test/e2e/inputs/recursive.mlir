func.func private @f(%x: tensor<f32>) -> tensor<f32> {
  %y = net.call @f(%x) {path = "f_1"} : (tensor<f32>) -> tensor<f32>
  func.return %y : tensor<f32>
}
func.func @g(%x: tensor<f32>) -> tensor<f32> {
  %y = net.call @f(%x) {path = "f_1"} : (tensor<f32>) -> tensor<f32>
  func.return %y : tensor<f32>
}
