# Reads the arguments as the consumer itself does and loads what they name
# (huey/bin/huey_consumer.py).
from huey.bin.huey_consumer import ConsumerConfig, OptionParserHandler, load_huey

options, args = OptionParserHandler().get_option_parser().parse_args()
ConsumerConfig(**{k: v for k, v in vars(options).items() if v is not None}).validate()
load_huey(args[0])
