return Market.Fuzzing.FuzzVerb.Run(args);
