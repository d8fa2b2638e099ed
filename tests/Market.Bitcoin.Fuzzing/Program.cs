return Market.Bitcoin.Fuzzing.FuzzVerb.Run(args);
