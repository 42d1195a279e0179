// Our own Firmata for an Arduino Uno: what Johnny-Five needs of a front panel and of a development kit, and no more.
//
// Digital and analog pins, PWM, I2C (once and continuously), versions, and two messages of our own: a tone, and a guard
// that lets all outputs fall when the host is silent. Every buffer has a fixed size; what does not fit is refused and
// said. Between two messages the processor sleeps.
//
// Protocol: Firmata 2.5, as firmata-io 2.3.0 speaks it. A number of eight bits travels as two of seven, low one first.
#include <Arduino.h>
#include <Wire.h>
#include <avr/sleep.h>

namespace command {
constexpr byte digital = 0x90, analog = 0xE0, reportAnalog = 0xC0, reportDigital = 0xD0;
constexpr byte beginSysex = 0xF0, pinMode = 0xF4, pinValue = 0xF5, endSysex = 0xF7, version = 0xF9;
constexpr byte reset = 0xFF;
}  // namespace command

namespace sysex {
// 0x01 to 0x0F are left to users by the protocol.
constexpr byte tone = 0x01, guard = 0x02;
constexpr byte mappingQuery = 0x69, mapping = 0x6A, capabilityQuery = 0x6B, capability = 0x6C;
constexpr byte text = 0x71, i2cRequest = 0x76, i2cReply = 0x77, i2cConfig = 0x78;
constexpr byte firmware = 0x79, interval = 0x7A;
}  // namespace sysex

namespace mode {
constexpr byte input = 0, output = 1, analog = 2, pwm = 3, i2c = 6, pullup = 0x0B;
}

constexpr byte pins = NUM_DIGITAL_PINS, ports = (pins + 7) / 8, channels = NUM_ANALOG_INPUTS;
constexpr byte firstAnalog = A0, firstFree = 2;  // 0 and 1 are the line to the host
constexpr byte messageMax = 64, readsMax = 4, i2cBytesMax = BUFFER_LENGTH;
constexpr unsigned intervalMin = 1, intervalUsual = 19;

struct Read {
  byte address, count;
  int place;  // register, or -1 for none
};

byte message[messageMax];
byte length;      // bytes of the message so far
bool inSysex, tooLong;

byte modes[pins];
byte reportedPorts[ports], lastPorts[ports];
byte reportedChannels;
Read reads[readsMax];
byte readCount;
unsigned interval, guardSeconds;
unsigned long sampledAt, heardAt, toneEndsAt;
byte tonePin = pins;  // the one that sounds; none when it is not a pin

// ---- saying

void sayByte(byte value) {
  Serial.write(value & 0x7F);
  Serial.write(value >> 7);
}

void beginReply(byte kind) {
  Serial.write(command::beginSysex);
  Serial.write(kind);
}

void endReply() { Serial.write(command::endSysex); }

void sayText(const __FlashStringHelper *text) {
  beginReply(sysex::text);
  const char *letter = reinterpret_cast<const char *>(text);
  for (char c; (c = pgm_read_byte(letter)) != 0; letter++) sayByte(c);
  endReply();
}

void sayVersion() {
  const byte version[] = {command::version, 2, 5};
  Serial.write(version, sizeof version);
}

void sayFirmware() {
  beginReply(sysex::firmware);
  Serial.write(1);
  Serial.write(0);
  for (const char *letter = "vigie_firmata"; *letter; letter++) sayByte(*letter);
  endReply();
}

void sayMode(byte kind, byte bits) {
  Serial.write(kind);
  Serial.write(bits);
}

bool isFree(byte pin) { return pin >= firstFree && pin < pins; }
// Timer 2 makes the tones: pins 3 and 11 would lose their PWM to it.
bool hasPwm(byte pin) { return digitalPinHasPWM(pin) && pin != 3 && pin != 11; }
bool hasI2c(byte pin) { return pin == SDA || pin == SCL; }

void sayCapabilities() {
  beginReply(sysex::capability);
  for (byte pin = 0; pin < pins; pin++) {
    if (pin >= firstFree) {
      sayMode(mode::input, 1);
      sayMode(mode::pullup, 1);
      sayMode(mode::output, 1);
      if (hasPwm(pin)) sayMode(mode::pwm, 8);
      if (pin >= firstAnalog) sayMode(mode::analog, 10);
      if (hasI2c(pin)) sayMode(mode::i2c, 1);
    }
    Serial.write(0x7F);
  }
  endReply();
}

void sayMapping() {
  beginReply(sysex::mapping);
  for (byte pin = 0; pin < pins; pin++) Serial.write(pin < firstAnalog ? 0x7F : pin - firstAnalog);
  endReply();
}

byte readPort(byte port) {
  byte bits = 0;
  for (byte bit = 0; bit < 8; bit++) {
    const byte pin = port * 8 + bit;
    if (!isFree(pin)) continue;
    if (modes[pin] != mode::input && modes[pin] != mode::pullup) continue;
    if (digitalRead(pin)) bits |= 1 << bit;
  }
  return bits;
}

void sayPort(byte port) {
  lastPorts[port] = readPort(port);
  Serial.write(command::digital | port);
  sayByte(lastPorts[port]);
}

void sayChannel(byte channel) {
  const int value = analogRead(channel);
  Serial.write(command::analog | channel);
  Serial.write(value & 0x7F);
  Serial.write(value >> 7);
}

// ---- doing

void setMode(byte pin, byte wanted) {
  if (!isFree(pin)) return;
  switch (wanted) {
    case mode::input: pinMode(pin, INPUT); break;
    case mode::pullup: pinMode(pin, INPUT_PULLUP); break;
    case mode::output: pinMode(pin, OUTPUT); break;
    case mode::pwm: if (!hasPwm(pin)) return; pinMode(pin, OUTPUT); break;
    case mode::analog: if (pin < firstAnalog) return; pinMode(pin, INPUT); break;
    case mode::i2c: if (!hasI2c(pin)) return; break;
    default: return sayText(F("mode refused"));
  }
  modes[pin] = wanted;
}

void writePin(byte pin, bool high) {
  if (!isFree(pin)) return;
  // The host sends whole ports, with what it last read in the places of inputs: a pull-up is switched on, never off.
  const bool raises = modes[pin] == mode::input && high;
  if (modes[pin] != mode::output && !raises) return;
  digitalWrite(pin, high);
}

void writePort(byte port, byte bits) {
  for (byte bit = 0; bit < 8; bit++) writePin(port * 8 + bit, bits >> bit & 1);
}

void writeLevel(byte pin, unsigned level) {
  if (pin >= pins || modes[pin] != mode::pwm) return;
  analogWrite(pin, min(level, 255U));
}

void endTone() {
  if (tonePin < pins) noTone(tonePin);
  tonePin = pins;
}

// The core could count the time itself, but spoils the pitch of a tone that begins just as it ends another.
void playTone(byte pin, unsigned hertz, unsigned ms) {
  endTone();
  if (pin >= pins || modes[pin] != mode::output || hertz == 0 || ms == 0) return;
  tonePin = pin;
  toneEndsAt = millis() + ms;
  tone(pin, hertz);
}

void restOutputs() {
  endTone();
  for (byte pin = firstFree; pin < pins; pin++) {
    writePin(pin, false);
    writeLevel(pin, 0);
  }
}

void restart() {
  restOutputs();
  for (byte pin = 0; pin < pins; pin++) {
    setMode(pin, pin < firstAnalog ? mode::input : mode::analog);
  }
  for (byte port = 0; port < ports; port++) reportedPorts[port] = 0;
  reportedChannels = readCount = length = guardSeconds = 0;
  inSysex = tooLong = false;
  interval = intervalUsual;
}

// ---- I2C

void readOnce(const Read &read) {
  if (read.place >= 0) {
    Wire.beginTransmission(read.address);
    Wire.write(read.place);
    Wire.endTransmission();
  }
  const byte got = Wire.requestFrom(read.address, read.count);
  if (got < read.count) {
    while (Wire.available()) Wire.read();
    return sayText(F("I2C: no answer"));
  }
  beginReply(sysex::i2cReply);
  sayByte(read.address);
  sayByte(max(read.place, 0));
  while (Wire.available()) sayByte(Wire.read());
  endReply();
}

void stopReading(byte address) {
  byte kept = 0;
  for (byte index = 0; index < readCount; index++) {
    if (reads[index].address != address) reads[kept++] = reads[index];
  }
  readCount = kept;
}

void keepReading(const Read &read) {
  for (byte index = 0; index < readCount; index++) {
    if (reads[index].address == read.address && reads[index].place == read.place) {
      reads[index] = read;
      return;
    }
  }
  if (readCount == readsMax) return sayText(F("I2C: too many reads"));
  reads[readCount++] = read;
}

// ---- hearing

byte argument(byte place) { return message[place] | message[place + 1] << 7; }
unsigned wideArgument(byte place) { return message[place] | message[place + 1] << 7; }

void hearI2c() {
  // 1: address, 2: what to do in bits 3 and 4, then numbers of eight bits.
  const byte address = message[1] & 0x7F, arguments = (length - 3) / 2;
  const byte kind = message[2] >> 3 & 3;
  if (kind == 0) {
    Wire.beginTransmission(address);
    for (byte index = 0; index < arguments; index++) Wire.write(argument(3 + index * 2));
    Wire.endTransmission();
    return;
  }
  if (kind == 3) return stopReading(address);
  if (arguments == 0) return;
  const byte count = argument(3 + (arguments - 1) * 2);
  if (count == 0 || count > i2cBytesMax) return sayText(F("I2C: length refused"));
  const Read read = {address, count, arguments > 1 ? argument(3) : -1};
  if (kind == 1) readOnce(read);
  else keepReading(read);
}

void hearSysex() {
  if (length == 0) return;
  switch (message[0]) {
    case sysex::firmware: return sayFirmware();
    case sysex::capabilityQuery: return sayCapabilities();
    case sysex::mappingQuery: return sayMapping();
    case sysex::i2cConfig: return Wire.begin();
    case sysex::i2cRequest: if (length >= 3) hearI2c(); return;
    case sysex::interval: if (length >= 3) interval = max(wideArgument(1), intervalMin); return;
    case sysex::tone:
      if (length >= 6) playTone(message[1], wideArgument(2), wideArgument(4));
      return;
    case sysex::guard: if (length >= 3) guardSeconds = wideArgument(1); return;
    default: return sayText(F("message refused"));
  }
}

void reportPort(byte port, bool wanted) {
  if (port >= ports) return;
  reportedPorts[port] = wanted;
  if (wanted) sayPort(port);
}

void reportChannel(byte channel, bool wanted) {
  if (channel >= channels) return;
  bitWrite(reportedChannels, channel, wanted);
}

byte kindOf(byte first) { return first < 0xF0 ? first & 0xF0 : first; }

/** Bytes of a message, its first one counted; those that are not known end at once. */
byte lengthOf(byte first) {
  switch (kindOf(first)) {
    case command::digital: case command::analog: case command::pinMode: case command::pinValue:
      return 3;
    case command::reportAnalog: case command::reportDigital: return 2;
    default: return 1;
  }
}

void hearMessage() {
  const byte place = message[0] & 0x0F;
  switch (kindOf(message[0])) {
    case command::digital: return writePort(place, argument(1));
    case command::analog: return writeLevel(place, wideArgument(1));
    case command::reportAnalog: return reportChannel(place, message[1]);
    case command::reportDigital: return reportPort(place, message[1]);
    case command::pinMode: return setMode(message[1], message[2]);
    case command::pinValue: return writePin(message[1], message[2]);
    case command::version: return sayVersion();
    case command::reset: return restart();
  }
}

void hearSysexByte(byte value) {
  if (value == command::endSysex) {
    if (tooLong) sayText(F("message too long"));
    else hearSysex();
    inSysex = tooLong = false;
    length = 0;
  } else if (length == messageMax) {
    tooLong = true;
  } else {
    message[length++] = value;
  }
}

void hear(byte value) {
  // A byte above 0x7F begins something new, whatever was under way.
  if (inSysex && (value < 0x80 || value == command::endSysex)) return hearSysexByte(value);
  if (value >= 0x80) {
    inSysex = value == command::beginSysex;
    tooLong = false;
    length = 0;
    if (inSysex) return;
  } else if (length == 0) {
    return;
  }
  message[length++] = value;
  if (length < lengthOf(message[0])) return;
  hearMessage();
  length = 0;
}

// ---- living

void sample() {
  for (byte channel = 0; channel < channels; channel++) {
    if (bitRead(reportedChannels, channel)) sayChannel(channel);
  }
  for (byte index = 0; index < readCount; index++) readOnce(reads[index]);
}

void setup() {
  Serial.begin(57600);
  Wire.setWireTimeout(3000, true);
  set_sleep_mode(SLEEP_MODE_IDLE);
  restart();
  sayVersion();
  sayFirmware();
}

void loop() {
  const unsigned long now = millis();
  while (Serial.available()) {
    heardAt = now;
    hear(Serial.read());
  }
  for (byte port = 0; port < ports; port++) {
    if (reportedPorts[port] && readPort(port) != lastPorts[port]) sayPort(port);
  }
  if (now - sampledAt >= interval) {
    // Late is made up for, unless a whole interval was missed.
    sampledAt = now - sampledAt < 2 * interval ? sampledAt + interval : now;
    sample();
  }
  if (tonePin < pins && long(now - toneEndsAt) >= 0) endTone();
  if (guardSeconds > 0 && now - heardAt > guardSeconds * 1000UL) {
    guardSeconds = 0;
    restOutputs();
  }
  // Any interrupt wakes: the next byte, or the millisecond.
  sleep_mode();
}
