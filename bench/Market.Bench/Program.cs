Console.WriteLine("market bench");
