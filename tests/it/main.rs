
mod explorer;
