import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseLog4j } from './log4j.ts'
import { effectiveSettings, type LogSettings } from './settings.ts'

const console_ = { 'log4j.appender.out': 'org.apache.log4j.ConsoleAppender' }

function settingsOf(properties: Record<string, string>): LogSettings {
  const { settings, problems } = parseLog4j(
    { ...console_, ...properties },
    { 'kafka.logs.dir': '/logs' },
  )
  assert.deepEqual(problems, [])
  return settings
}

test('a logger has the level of its nearest ancestor and the appenders of all, until one is not additive', () => {
  const settings = settingsOf({
    'log4j.rootLogger': 'WARN, out',
    'log4j.appender.file': 'org.apache.log4j.FileAppender',
    'log4j.appender.file.File': '${kafka.logs.dir}/controller.log',
    'log4j.logger.kafka': 'INFO',
    'log4j.logger.kafka.controller': 'TRACE, file',
    'log4j.additivity.kafka.controller': 'false',
  })

  assert.deepEqual(effectiveSettings(settings, 'org.other'), { level: 'warn', appenders: ['out'] })
  assert.deepEqual(effectiveSettings(settings, 'kafka.log.Log'), {
    level: 'info',
    appenders: ['out'],
  })
  assert.deepEqual(effectiveSettings(settings, 'kafka.controller.KafkaController'), {
    level: 'trace',
    appenders: ['file'],
  })
  assert.deepEqual(effectiveSettings(settings, 'kafka.controllers').level, 'info')
  assert.deepEqual(settings.appenders.get('file')?.target, {
    type: 'file',
    path: '/logs/controller.log',
    rolling: { by: 'never' },
  })
})

test('every kind of appender is read with its options', () => {
  const settings = settingsOf({
    'log4j.rootLogger': 'INFO, out',
    'log4j.appender.out.Target': 'System.err',
    'log4j.appender.out.Threshold': 'ERROR',
    'log4j.appender.out.layout': 'tidelog.JsonLayout',
    'log4j.appender.daily': 'org.apache.log4j.DailyRollingFileAppender',
    'log4j.appender.daily.File': 'a.log',
    'log4j.appender.daily.DatePattern': "'.'yyyy-MM-dd-HH",
    'log4j.appender.sized': 'org.apache.log4j.RollingFileAppender',
    'log4j.appender.sized.File': 'b.log',
    'log4j.appender.sized.MaxFileSize': '2MB',
    'log4j.appender.sized.MaxBackupIndex': '5',
  })

  assert.deepEqual(settings.appenders.get('out'), {
    target: { type: 'console', stream: 'stderr' },
    layout: { type: 'json' },
    threshold: 'error',
  })
  assert.deepEqual(settings.appenders.get('daily')?.target, {
    type: 'file',
    path: 'a.log',
    rolling: { by: 'date', datePattern: "'.'yyyy-MM-dd-HH" },
  })
  assert.deepEqual(settings.appenders.get('sized')?.target, {
    type: 'file',
    path: 'b.log',
    rolling: { by: 'size', maxSizeBytes: 2_097_152, maxBackups: 5 },
  })
})

test('what cannot be honoured is named, and the rest still holds', () => {
  const { settings, problems } = parseLog4j(
    {
      ...console_,
      'log4j.rootLogger': 'LOUD, out, gone',
      'log4j.appender.mail': 'org.apache.log4j.net.SMTPAppender',
      'log4j.appender.out.layout.ConversionPattern': '%X{user}',
      'log4j.appender.file': 'org.apache.log4j.FileAppender',
      'log4j.appender.file.File': '${nowhere}/x.log',
    },
    {},
  )

  assert.deepEqual(problems, [
    'log4j.appender.out.layout.ConversionPattern: conversion pattern: %X{user} is not supported, using [%d] %p %m (%c)%n',
    'log4j.appender.mail: appender class org.apache.log4j.net.SMTPAppender is not supported',
    'log4j.appender.file.File: ${nowhere} has no value',
    'log4j.rootLogger: appender gone is not defined',
    'log4j.rootLogger: level LOUD is not known',
  ])
  assert.deepEqual(effectiveSettings(settings, 'any'), { level: 'info', appenders: ['out'] })
})
