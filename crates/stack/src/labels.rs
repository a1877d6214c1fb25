pub struct AppLabels;
pub fn app_labels() {}
