output "alarm_topic_arn" {
  description = "ARN of the topic that every alarm notifies."
  value       = aws_sns_topic.alarms.arn
}
